/** The shapes that notices and their addresses answer with; tests hold real answers against them. */
import { z } from 'zod';
import { type MailView, mailInput } from '@/lib/mail/model';
import {
  type AddressView,
  addressKinds,
  consoleInput,
  type MyNoticesView,
  myNoticesInput,
  type NoticeView,
  noticeKinds,
  noticeStates,
  type SharedMailboxView,
  wishesInput,
} from '@/lib/notice/model';
import { rollbackCapInput } from '@/lib/rollout/model';

const instant = z.iso.datetime();
const kinds = z.array(z.enum(noticeKinds)).meta({ description: 'none: all of them' });
const environments = z.array(z.string()).meta({ description: 'none: all of them' });

const unconfirmed = z
  .object({
    email: z.string(),
    codeSentAt: instant.nullable().meta({ description: 'null: no mail server has taken it' }),
    codeUntil: instant.nullable(),
    expired: z.boolean().meta({ description: 'too late, or wrong too often: have another one mailed' }),
    error: z.string().nullable().meta({ description: 'why it could not be mailed' }),
  })
  .nullable()
  .meta({ description: 'named, and waits for the code that was mailed there' });
const sharedMailboxView = z.object({
  told: z
    .string()
    .nullable()
    .meta({ description: 'where notices go now; null: nowhere, before the code has come back' }),
  confirmed: z
    .object({ by: z.string(), at: instant })
    .nullable()
    .meta({ description: 'null beside `told`: it was told before Belay asked for a code, and counts as confirmed' }),
  unconfirmed,
}) satisfies z.ZodType<SharedMailboxView>;

export const noticeAddressView = z.object({
  id: z.string(),
  kind: z.enum(addressKinds),
  name: z.string().meta({ description: 'of the webhook, or the mailbox' }),
  webhook: z.object({ id: z.string(), name: z.string() }).nullable(),
  email: z.string().nullable().meta({ description: 'as it was named, confirmed or not' }),
  mailbox: sharedMailboxView.nullable().meta({ description: 'null: a webhook' }),
  kinds,
  environments,
  createdBy: z.string(),
  createdAt: instant,
}) satisfies z.ZodType<AddressView>;

export const noticeView = z.object({
  id: z.string().meta({ description: 'the webhook-id that it is sent under, however often' }),
  kind: z.enum(noticeKinds),
  title: z.string(),
  text: z.string(),
  next: z.string().meta({ description: 'what to do now; empty: nothing' }),
  environment: z.string().nullable(),
  feature: z.string().nullable(),
  rolloutId: z.string().nullable(),
  rollbackId: z.string().nullable(),
  path: z.string().meta({ description: 'the page of this console that shows it' }),
  people: z.array(z.string()).optional().meta({ description: 'whom it is meant for; of people, only they are told' }),
  address: z.string().meta({ description: 'name of the webhook, of the person, or the mailbox' }),
  state: z.enum(noticeStates),
  attempts: z.number().int(),
  lastError: z.string().nullable(),
  at: instant,
  deliveredAt: instant.nullable(),
  maybeTwice: z.boolean().meta({
    description: 'a mail that may have come twice, both with one Message-ID, unless one went without its report',
  }),
}) satisfies z.ZodType<NoticeView>;

export const wishesView = wishesInput;
export const myNoticesView = myNoticesInput.extend({
  email: myNoticesInput.shape.email.meta({ description: 'as you have named it, confirmed or not' }),
  mailbox: z.object({
    told: z.string().nullable().meta({ description: 'where mail goes now: confirmed; null: nowhere' }),
    trouble: z.string().nullable().meta({ description: 'why the newest that was sent there has not arrived' }),
    unconfirmed,
  }),
  defaults: wishesInput,
  mail: z.boolean().meta({ description: 'whether there is a server to send mail through' }),
}) satisfies z.ZodType<MyNoticesView>;

const { password: _never, ...shown } = mailInput.shape;
/** null: none is set */
export const mailView = z
  .object({ ...shown, passwordSet: z.boolean() })
  .nullable() satisfies z.ZodType<MailView | null>;

export const consoleView = consoleInput;
export const rollbackCapView = rollbackCapInput;
