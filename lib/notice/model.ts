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
  'postmortem_sent',
  'action_due',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

export const noticeStates = ['pending', 'delivered', 'failed'] as const;

/** `webhook`: as `CONTRACT.md` says; `slack`: what Slack and its like show; `email`: a list's or a person's mailbox. */
export const addressKinds = ['webhook', 'slack', 'email'] as const;
export type AddressKind = (typeof addressKinds)[number];

/** Where notices go: a registered webhook or a mailbox, and which kinds; none: all of them. */
export const addressInput = z
  .strictObject({
    kind: z.enum(addressKinds).default('webhook'),
    webhook: z.string().min(1).max(100).optional(),
    email: z.email('must be an e-mail address').max(254).optional(),
    kinds: z.array(z.enum(noticeKinds)).max(noticeKinds.length).default([]),
    environments: z.array(z.string().trim().min(1).max(100)).max(100).default([]),
  })
  .superRefine((v, ctx) => {
    const [wanted, other] = v.kind === 'email' ? (['email', 'webhook'] as const) : (['webhook', 'email'] as const);
    if (v[wanted] === undefined) ctx.addIssue({ code: 'custom', path: [wanted], message: 'must be named' });
    if (v[other] !== undefined)
      ctx.addIssue({ code: 'custom', path: [other], message: `is not for an address of the kind ${v.kind}` });
  });
export type AddressView = {
  id: string;
  kind: AddressKind;
  /** of the webhook, or the mailbox itself */
  name: string;
  webhook: { id: string; name: string } | null;
  /** as it was named, confirmed or not */
  email: string | null;
  mailbox: SharedMailboxView | null;
  kinds: NoticeKind[];
  environments: string[];
  createdBy: string;
  createdAt: string;
};

/** The one that says most of a notice counts: its kind and environment, its kind, its environment, everything. */
const ruleInput = z.strictObject({
  kind: z.enum(['*', ...noticeKinds]),
  environment: z.string().trim().min(1).max(100),
  tell: z.boolean(),
});
export const wishesInput = z.strictObject({
  /** only what waits for the one who is told */
  quiet: z.boolean().default(false),
  rules: z.array(ruleInput).max(1000).default([]),
});
export type Wishes = z.output<typeof wishesInput>;

/** Whether they want it told. A notice that concerns no environment is of none of those that are named. */
export function isChosen({ rules }: Wishes, kind: NoticeKind, environment: string | null): boolean {
  const said = (k: string, e: string | null) =>
    e === null ? undefined : rules.findLast((rule) => rule.kind === k && rule.environment === e)?.tell;
  return said(kind, environment) ?? said(kind, '*') ?? said('*', environment) ?? said('*', '*') ?? true;
}

export const myNoticesInput = z.strictObject({
  email: z.email('must be an e-mail address').max(254).nullable().default(null),
  /** null: as the administrators have set it for all */
  wishes: wishesInput.nullable().default(null),
});
export type MyNotices = z.output<typeof myNoticesInput>;
/** As it stands in the mail, with or without what parts it; what is easily mistaken is taken for what it looks like. */
export const mailboxCodeInput = z.strictObject({
  code: z
    .string()
    .max(100)
    .transform((typed) =>
      typed
        .toLowerCase()
        .replace(/[^0-9a-z]/g, '')
        .replace(/o/g, '0')
        .replace(/[il]/g, '1'),
    )
    .pipe(z.string().min(1, 'type the code of the mail'))
    .meta({ description: 'the code that was mailed', examples: ['7k2m-9qrt-x4vb'] }),
});

export type MailboxView = {
  /** where mail goes now: confirmed; null: nowhere */
  told: string | null;
  /** why the newest that was sent there has not arrived; null: it has */
  trouble: string | null;
  /** named, and waits for the code that was mailed there */
  unconfirmed: {
    email: string;
    /** null: none has been taken by a mail server */
    codeSentAt: string | null;
    codeUntil: string | null;
    /** too late, or wrong too often: another is to be mailed */
    expired: boolean;
    /** why it could not be mailed */
    error: string | null;
  } | null;
};

/** `confirmed`: by whom; null where it is told: it was before Belay asked for a code. */
export type SharedMailboxView = Pick<MailboxView, 'told' | 'unconfirmed'> & {
  confirmed: { by: string; at: string } | null;
};

/** `email`: as the person has named it, confirmed or not. */
export type MyNoticesView = MyNotices & {
  mailbox: MailboxView;
  /** what counts for those who have said nothing themselves */
  defaults: Wishes;
  /** whether there is a server to send mail through */
  mail: boolean;
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
  /**
   * it was handed to the mail server more than once, for nobody knew what had become of it: both have one Message-ID,
   * unless one went without its report
   */
  maybeTwice: boolean;
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
