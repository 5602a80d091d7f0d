/** Addresses that Belay calls by itself, and what came of a call. Safe in a browser. */
import { z } from 'zod';

export const webhookStates = ['enabled', 'disabled'] as const;
export type WebhookState = (typeof webhookStates)[number];

/** What stands in an address is shown to people, so it must hold no password; a fragment never leaves a client. */
const address = z
  .string()
  .trim()
  .max(2000)
  .refine((v) => URL.canParse(v) && /^https?:$/.test(new URL(v).protocol), 'must be an http or https address')
  .refine((v) => !URL.canParse(v) || !(new URL(v).username || new URL(v).password), 'must hold no user and password')
  .refine((v) => !URL.canParse(v) || new URL(v).hash === '', 'must end before the #');

export const webhookInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  url: address,
  /** an administrator says that this one may be on a private network or this machine */
  allowPrivate: z.boolean().default(false),
  state: z.enum(webhookStates).default('enabled'),
});

const weekMinutes = 7 * 24 * 60;
export const rotateInput = z.strictObject({
  /** so long every message is signed with the old secret too; 0 when the old one has leaked */
  overlapMinutes: z
    .number()
    .int()
    .min(0)
    .max(weekMinutes)
    .default(24 * 60),
});

/** The secret is in none of it. */
export type WebhookView = {
  id: string;
  name: string;
  url: string;
  allowPrivate: boolean;
  state: WebhookState;
  /** why Belay itself has disabled it */
  disabledReason: string | null;
  /** until then the secret before this one signs too */
  previousSecretUntil: string | null;
  createdBy: string;
  createdAt: string;
  updatedAt: string;
};
/** The only answer that ever holds the secret. */
export type NewSecret = WebhookView & { secret: string };

/** Nothing was answered. `reached`: the request, or a part of it, may have arrived. */
export const failures = ['refused', 'timeout', 'reset', 'unreachable', 'blocked', 'disabled'] as const;
export type Failure = (typeof failures)[number];

export type Sent =
  | {
      kind: 'answered';
      status: number;
      body: string;
      /** the body went on; what is kept of it is no whole document */
      truncated: boolean;
      /** from Retry-After, whichever way it is written */
      retryAfterMs: number | null;
    }
  | { kind: Failure; why: string; reached: boolean };
