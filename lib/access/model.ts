/** Who acts, and what a role may do. Safe in a browser. */
import { z } from 'zod';

export const roles = ['ingest', 'evaluate', 'viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof roles)[number];

/**
 * What a caller wants to do. `approve` is apart from `operate` so that an operator cannot
 * approve what needs a second pair of eyes.
 */
export const permissions = ['ingest', 'evaluate', 'view', 'operate', 'approve', 'administer'] as const;
export type Permission = (typeof permissions)[number];

export const allowed: Record<Role, readonly Permission[]> = {
  ingest: ['ingest'],
  evaluate: ['evaluate'],
  viewer: ['view'],
  operator: ['view', 'operate'],
  approver: ['view', 'operate', 'approve'],
  admin: ['ingest', 'evaluate', 'view', 'operate', 'approve', 'administer'],
};

export const actorKinds = ['person', 'key', 'loopback', 'rule'] as const;

/** The name on every change. `environment: null` means all of them. */
export type Actor =
  | { kind: 'person'; id: string; name: string; role: Role; environment: null }
  | { kind: 'key'; id: string; name: string; role: Role; environment: string | null }
  /** A caller on loopback without a key: may ingest and evaluate, nothing else. */
  | { kind: 'loopback'; id: 'loopback'; name: 'loopback'; environment: null }
  /** Belay itself, acting for a named rule (`gate`, `guardrail`, `retention`, …). */
  | { kind: 'rule'; id: string; name: string; environment: null };

export const keyInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: z.enum(roles),
  environment: z.string().trim().min(1).max(100).nullish(),
  expiresAt: z.iso.datetime().nullish(),
});

/** People look, act and decide; `ingest` and `evaluate` are for keys. */
export const personRoles = ['viewer', 'operator', 'approver', 'admin'] as const;
export const inviteInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: z.enum(personRoles),
});
export const roleInput = inviteInput.pick({ role: true });
