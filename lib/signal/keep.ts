/** How long each kind of record is kept: the setting `retention`, read by `retain`. */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { record } from '@/lib/event/event';
import { getSetting, putSetting } from '@/lib/event/setting';
import { parseInput } from '@/lib/input';
import { type Retention, retentionInput } from './model';

export async function getRetention(ctx: Context): Promise<Retention> {
  authorise(ctx.actor, 'view');
  return retentionInput.parse(await getSetting(ctx.db, 'retention', {}));
}

export async function putRetention(ctx: Context, input: unknown): Promise<Retention> {
  authorise(ctx.actor, 'administer', null);
  const retention = parseInput(retentionInput, input);
  await ctx.db.transaction(async (tx) => {
    const now = ctx.now();
    await putSetting(tx, now, 'retention', retention);
    await record(tx, now, ctx.actor, {
      kind: 'settings.changed',
      reason: 'How long records are kept was changed',
      data: { setting: 'retention', ...retention },
    });
  });
  return retention;
}
