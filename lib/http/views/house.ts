/** The shapes that people, keys, settings and the history answer with; tests hold real answers against them. */
import { z } from 'zod';
import type { KeyView, NewKey, PersonView } from '@/lib/access/access';
import { actorKinds, roles } from '@/lib/access/model';
import type { ChainReport } from '@/lib/event/event';
import { type EventView, eventKinds } from '@/lib/event/model';
import type { Automation } from '@/lib/event/setting';
import { mappingInput, retentionInput } from '@/lib/signal/model';

const instant = z.iso.datetime();
const role = z.enum(roles);
const environment = z.string().nullable().meta({ description: 'null: every environment' });

export const actorView = z.object({
  kind: z.enum(actorKinds),
  id: z.string(),
  name: z.string(),
  role,
  environment,
});

export const eventView = z.object({
  seq: z.number().int(),
  at: instant,
  kind: z.enum(eventKinds),
  actor: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  reason: z.string(),
  environment: z.string().nullable(),
  feature: z.string().nullable(),
  rolloutId: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
  hash: z.string(),
}) satisfies z.ZodType<EventView>;

export const chainView = z.union([
  z.object({ ok: z.literal(true), length: z.number().int() }),
  z.object({ ok: z.literal(false), seq: z.number().int(), why: z.string() }),
]) satisfies z.ZodType<ChainReport>;

export const keyView = z.object({
  id: z.string(),
  name: z.string(),
  role,
  environment,
  createdBy: z.string(),
  createdAt: instant,
  expiresAt: instant.nullable(),
  revokedAt: instant.nullable(),
}) satisfies z.ZodType<KeyView>;

export const newKeyView = z.object({
  id: z.string(),
  key: z.string(),
  name: z.string(),
  role,
  environment,
}) satisfies z.ZodType<NewKey>;

export const personView = z.object({
  id: z.string(),
  name: z.string(),
  role,
  createdAt: instant,
  disabledAt: instant.nullable(),
}) satisfies z.ZodType<PersonView>;

export const linkView = z.object({ path: z.string().meta({ description: 'opens once' }), expiresAt: instant });
export const invitedView = linkView.extend({ id: z.string() });

export const mappingView = mappingInput;
export const retentionView = retentionInput;

export const automationView = z.object({
  stopped: z.boolean(),
  reason: z.string().nullable(),
  by: z.string().nullable(),
  at: instant.nullable(),
}) satisfies z.ZodType<Automation>;
