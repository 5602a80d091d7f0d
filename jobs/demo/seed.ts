/** Makes what the demo shop needs, through the same verbs as everybody, in the name of a person called Demo. */
import { createSignInLink, endSession, redeemSignInLink } from '@/lib/access/access';
import type { Context } from '@/lib/context';
import { listFeatures, putCohort, putFeature } from '@/lib/feature/feature';
import { createRollout, listRollouts, perform } from '@/lib/rollout/rollout';
import { cohorts, features, plans } from './plans';

/** What is there stays as it is: whoever changed it meanwhile meant it. */
export async function seedDemo(seam: Omit<Context, 'actor'>): Promise<number> {
  const reader = { ...seam, actor: { kind: 'rule', id: 'demo', name: 'demo', environment: null } } as const;
  const rollouts = await listRollouts(reader);
  const missing = plans.filter((plan) => !rollouts.some((r) => r.feature === plan.feature));
  if (missing.length === 0) return 0;
  const { token } = await createSignInLink(seam.db, seam.now(), 'Demo', 'operator');
  const { session, actor } = await redeemSignInLink(seam.db, seam.now(), token);
  const ctx: Context = { ...seam, actor };
  const known = new Set((await listFeatures(ctx)).map((feature) => feature.key));
  for (const cohort of known.size === 0 ? cohorts : []) await putCohort(ctx, cohort);
  for (const feature of features) if (!known.has(feature.key)) await putFeature(ctx, feature);
  for (const plan of missing) {
    const { id } = await createRollout(ctx, plan);
    await perform(ctx, id, 'start', { reason: 'The demo shop opens' });
  }
  await endSession(seam.db, session);
  return missing.length;
}
