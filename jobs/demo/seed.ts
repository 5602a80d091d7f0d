/** Makes what the demo shop needs, through the same verbs as everybody, in the name of a person called Demo. */
import { createSignInLink, endSession, redeemSignInLink } from '@/lib/access/access';
import { putConfiguration } from '@/lib/configuration/configuration';
import type { Context } from '@/lib/context';
import { createDrill, listDrills } from '@/lib/drill/drill';
import { listFeatures, putCohort, putFeature } from '@/lib/feature/feature';
import { createRollout, listRollouts, perform } from '@/lib/rollout/rollout';
import { putRunbook, runbookOf } from '@/lib/runbook/runbook';
import { checkoutConfiguration, cohorts, features, plans, tellSupport, weeklyDrill } from './plans';

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
    const checkout = plan.feature === 'new-checkout';
    if (checkout) await prepareCheckout(ctx);
    const { id } = await createRollout(ctx, plan);
    await perform(ctx, id, 'start', { reason: 'The demo shop opens' });
    if (checkout) await putConfiguration(ctx, plan.feature, checkoutConfiguration(true));
  }
  await scheduleDrill(ctx);
  await endSession(seam.db, session);
  return missing.length;
}

/** What there is before the rollout, so that its rollback has something to go back to. */
async function prepareCheckout(ctx: Context): Promise<void> {
  await putConfiguration(ctx, 'new-checkout', checkoutConfiguration(false));
  const { steps } = await runbookOf(ctx, 'new-checkout');
  if (steps.some((step) => step.name === tellSupport.name)) return;
  await putRunbook(ctx, 'new-checkout', {
    name: 'Checkout back',
    steps: [...steps, tellSupport],
    reason: 'Support wants to know',
  });
}

/** Through the schedule like any other: it runs by itself. An archived one was not wanted. */
async function scheduleDrill(ctx: Context): Promise<void> {
  const drill = weeklyDrill(ctx.now());
  for (const archived of [false, true])
    if ((await listDrills(ctx, { feature: drill.feature, archived })).length > 0) return;
  await createDrill(ctx, drill);
}
