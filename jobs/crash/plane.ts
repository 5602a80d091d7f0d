/** The control plane of somebody else, started and registered. */
import { type FakePlane, startFakePlane } from '@/e2e/plane/fake';
import type { Context } from '@/lib/context';
import { createPlane } from '@/lib/plane/plane';
import { Secret } from '@/lib/webhook/secret';
import { createWebhook } from '@/lib/webhook/target';

export async function openPlane(ctx: Context): Promise<{ plane: FakePlane; planeId: string }> {
  // Whose address is known only once it listens, and who listens needs the secret.
  const secret = Secret.make();
  const plane = await startFakePlane({ secret });
  const target = await createWebhook(ctx, { name: 'plane', url: plane.url, allowPrivate: true });
  await ctx.db.$client`update webhook_target set secret = ${secret.reveal()} where id = ${target.id}`;
  const { id: planeId } = await createPlane(ctx, { name: 'theirs', webhook: target.id, deadlineMs: 2_000 });
  return { plane, planeId };
}
