/** A shared mailbox as it stands once its code came back; how that goes is told in `shared-mailbox.integration.test.ts`. */
import { noticeAddress } from '@/drizzle/schema/notice';
import type { Context } from '@/lib/context';
import { newId } from '@/lib/id';
import { listAddresses } from '@/lib/notice/address';
import type { AddressView, NoticeKind } from '@/lib/notice/model';

type Over = { kinds?: NoticeKind[]; environments?: string[] };

export async function confirmedMailbox(ctx: Context, email: string, over: Over = {}): Promise<AddressView> {
  const at = ctx.now();
  const id = newId('nad', at);
  await ctx.db.insert(noticeAddress).values({
    ...{ id, kind: 'email', email, confirmedBy: 'test', confirmedAt: at },
    ...{ kinds: [], environments: [], createdBy: 'test', createdAt: at },
    ...over,
  });
  const made = (await listAddresses(ctx)).find((address) => address.id === id);
  if (!made) throw new Error(`${email} is not there`);
  return made;
}
