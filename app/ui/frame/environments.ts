/** The environments to choose from. Asked on every page, so kept for a while: a new one shows within half a minute. */

import { attempt, valueOr } from '@/app/ui/page/attempt';
import type { Context } from '@/lib/context';
import { listRollouts } from '@/lib/rollout/rollout';
import { segments } from '@/lib/signal/signal';

const keepMs = 30_000;
let kept: { at: number; names: Promise<string[]> } | null = null;

/** For people, who see every environment. */
export function environmentsOf(ctx: Context): Promise<string[]> {
  const now = ctx.now().getTime();
  if (!kept || now - kept.at > keepMs) kept = { at: now, names: read(ctx) };
  return kept.names;
}

async function read(ctx: Context): Promise<string[]> {
  const [rollouts, seen] = await Promise.all([attempt(listRollouts(ctx)), attempt(segments(ctx, {}))]);
  return [...new Set([...valueOr(rollouts, []), ...valueOr(seen, [])].map((r) => r.environment))].sort();
}
