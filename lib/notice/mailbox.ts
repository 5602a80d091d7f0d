/**
 * A person's own mailbox (`code.ts` has how one is confirmed). Whoever gives the code back is signed in as that person,
 * so that nobody is talked into confirming somebody else's.
 */
import { eq } from 'drizzle-orm';
import { noticeAddress } from '@/drizzle/schema/notice';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { conflict } from '@/lib/errors';
import { parseInput } from '@/lib/input';
import { consoleUrl } from './address';
import { anotherCode, giveBack, mailCode } from './code';
import { codeLetter } from './code-letter';
import { noCode, unconfirmedOf } from './code-state';
import { type MailboxView, mailboxCodeInput } from './model';
import { type AddressRow, findPersonal, updateAddress } from './store';

export function mailboxOf(row: AddressRow | null, trouble: string | null, now: Date): MailboxView {
  return { told: row?.email ?? null, trouble, unconfirmed: row && unconfirmedOf(row, now) };
}

export async function mailMyCode(ctx: Context, row: AddressRow, code: string): Promise<void> {
  authorise(ctx.actor, 'view');
  const { name } = ctx.actor;
  const letter = codeLetter({ name, shared: false, code, consoleUrl: await consoleUrl(ctx.db), at: ctx.now() });
  await mailCode(ctx, { row, code, letter });
}

export async function lockPersonal(tx: Tx, personId: string): Promise<AddressRow | null> {
  const [row] = await tx.select().from(noticeAddress).where(eq(noticeAddress.personId, personId)).for('no key update');
  return row ?? null;
}

async function waiting(tx: Tx, ctx: Context): Promise<AddressRow> {
  const row = await lockPersonal(tx, ownerOf(ctx));
  if (!row || row.newEmail === null) throw conflict('No mailbox of yours waits to be confirmed');
  return row;
}

/** Mails another code; the one before is void. */
export async function resendMailboxCode(ctx: Context): Promise<void> {
  authorise(ctx.actor, 'view');
  const now = ctx.now();
  const { row, code } = await ctx.db.transaction(async (tx) => {
    const row = await waiting(tx, ctx);
    return { row, code: await anotherCode(tx, row, now) };
  });
  await mailMyCode(ctx, row, code);
}

/** Once: from then on it is told, and what waited for the mailbox before goes there too. */
export async function confirmMailbox(ctx: Context, input: unknown): Promise<void> {
  authorise(ctx.actor, 'view');
  const { code } = parseInput(mailboxCodeInput, input);
  await giveBack(
    ctx,
    { code, now: ctx.now() },
    {
      held: (tx) => waiting(tx, ctx),
      confirmed: (tx, row) => updateAddress(tx, row.id, { email: row.newEmail, newEmail: null, ...noCode }),
    },
  );
}

export function ownerOf({ actor }: Context): string {
  if (actor.kind !== 'person') throw conflict('Only people are told by mail: sign in as one');
  return actor.id;
}

export const personalOf = (ctx: Context): Promise<AddressRow | null> =>
  ctx.actor.kind === 'person' ? findPersonal(ctx.db, ctx.actor.id) : Promise.resolve(null);
