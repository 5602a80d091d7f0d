/** What people are told by themselves, and where to. Safe in a browser. */
import { z } from 'zod';

export const noticeKinds = [
  'rollback_decided',
  'rollback_verified',
  'rollback_unconfirmed',
  'rollback_waits_for_person',
  'rollback_cap_reached',
  'rollout_held',
  'approval_requested',
  'drill_waits_for_person',
  'drill_failed',
  'status_update',
  'postmortem_drafted',
  'review_asked',
  'postmortem_published',
  'action_due',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

export const noticeStates = ['pending', 'delivered', 'failed'] as const;

/** Where notices go: a registered webhook, and which kinds; none: all of them. */
export const addressInput = z.strictObject({
  webhook: z.string().min(1).max(100),
  kinds: z.array(z.enum(noticeKinds)).max(noticeKinds.length).default([]),
  environments: z.array(z.string().trim().min(1).max(100)).max(100).default([]),
});
export type AddressView = {
  id: string;
  webhook: { id: string; name: string };
  kinds: NoticeKind[];
  environments: string[];
  createdBy: string;
  createdAt: string;
};

/** One message, the same for every address. `path`: the page that shows it; `next`: what to do now. */
export type Notice = {
  kind: NoticeKind;
  title: string;
  text: string;
  next: string;
  environment: string | null;
  feature: string | null;
  rolloutId: string | null;
  rollbackId: string | null;
  path: string;
  /** names or ids of the people whom it is meant for: of people, only they are told; shared addresses are told too */
  people?: string[];
};
export type NoticeView = Notice & {
  id: string;
  address: string;
  state: (typeof noticeStates)[number];
  attempts: number;
  lastError: string | null;
  at: string;
  deliveredAt: string | null;
};

/** Where people reach this console, for the links in notices. */
export const consoleInput = z.strictObject({
  url: z
    .string()
    .trim()
    .max(500)
    .refine((v) => URL.canParse(v) && /^https?:$/.test(new URL(v).protocol), 'must be an http or https address')
    .refine((v) => !URL.canParse(v) || (new URL(v).pathname === '/' && !/[?#@]/.test(v)), 'must end after the host')
    .nullable()
    .default(null),
});
export type ConsoleAddress = z.output<typeof consoleInput>;
