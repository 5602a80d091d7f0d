/**
 * A mailbox that many read, or that is nobody's here: a list's, a team's (`code.ts` has how one is confirmed). Whoever
 * reads it hands the code to an administrator, who gives it back; any of them may.
 */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { parseInput } from '@/lib/input';
import { mailSharedCode, shared } from './address';
import { anotherCode, giveBack, lockMailbox } from './code';
import { noCode } from './code-state';
import { type AddressView, mailboxCodeInput } from './model';
import { type AddressRow, addressAt, addressViewOf, updateAddress } from './store';

async function waiting(tx: Tx, id: string): Promise<AddressRow> {
  const row = await lockMailbox(tx, id);
  if (!row || row.personId !== null) throw notFound('notice address', id);
  if (row.newEmail === null) throw conflict('It does not wait to be confirmed');
  return row;
}

/** Mails another code there; the one before is void. */
export async function resendAddressCode(ctx: Context, id: string): Promise<AddressView> {
  authorise(ctx.actor, 'administer', null);
  const now = ctx.now();
  const { row, code } = await ctx.db.transaction(async (tx) => {
    const row = await waiting(tx, id);
    return { row, code: await anotherCode(tx, row, now) };
  });
  await mailSharedCode(ctx, row, code);
  return viewed(ctx, id);
}

/** Once: from then on it is told, and what waited for the mailbox before goes there too. */
export async function confirmAddress(ctx: Context, id: string, input: unknown): Promise<AddressView> {
  authorise(ctx.actor, 'administer', null);
  const { code } = parseInput(mailboxCodeInput, input);
  const now = ctx.now();
  await giveBack(ctx, { code, now }, { held: (tx) => waiting(tx, id), confirmed: (tx, row) => told(ctx, tx, row) });
  return viewed(ctx, id);
}

async function told(ctx: Context, tx: Tx, row: AddressRow): Promise<void> {
  const email = row.newEmail ?? '';
  const taken = await addressAt(tx, { email });
  if (taken !== null && taken !== row.id) throw conflict(`Notices go to ${email} already`);
  const now = ctx.now();
  const by = { confirmedBy: ctx.actor.name, confirmedAt: now };
  await updateAddress(tx, row.id, { email, newEmail: null, ...by, ...noCode });
  await record(tx, now, ctx.actor, {
    kind: 'notice_address.confirmed',
    reason: `Notices go to ${email} from now on: the code that was mailed there came back`,
    data: { id: row.id, email, ...(row.email === null ? {} : { before: row.email }) },
  });
}

async function viewed(ctx: Context, id: string): Promise<AddressView> {
  const { row, name } = await shared(ctx.db, id);
  return addressViewOf(row, name, ctx.now());
}
