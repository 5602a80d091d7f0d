/** What tests of rollbacks need around them: a clock of their own, traffic, and a rollout that is ready to go back. */
import { expect } from 'vitest';
import { requestsBody, requestsPlan } from '@/jobs/bench/requests';
import type { Context } from '@/lib/context';
import { putFeature } from '@/lib/feature/feature';
import { openReceiver } from '@/lib/otlp/receive';
import type { RollbackStep, RollbackView } from '@/lib/rollback/model';
import { rollbacksOf, stepRollback } from '@/lib/rollback/rollback';
import { createRollout, perform } from '@/lib/rollout/rollout';
import { openFold } from '@/lib/signal/fold/fold';
import type { testDatabase } from './database';

const second = 1_000;
/** Half an hour ago: what is sent lies in the past of the real clock, which the receiver goes by. */
export const t0 = Math.floor((Date.now() - 1_800 * second) / 30_000) * 30_000;
/** A switch at the start is seen in the telemetry by then, and the criteria are back in their range. */
export const shownAt = 130;

export type Prepared = { feature: string; id: string };

export function rollbackScene(store: ReturnType<typeof testDatabase>) {
  let features = 0;
  let latest = t0;
  const at = (seconds: number, over: Partial<Context> = {}) => {
    latest = t0 + seconds * second;
    return store.context({ now: () => new Date(t0 + seconds * second), ...over });
  };
  /** Of whoever is called by what was done last. */
  const clock = () => new Date(latest);

  /** `bad`: of a hundred. A point every ten seconds, from `from` on and before `to`. */
  async function send(feature: string, from: number, to: number, traffic: Record<string, number>, cohort = 'eu') {
    const database = store.database();
    const receiver = openReceiver({ database, now: () => new Date() });
    const rows = Object.entries(traffic).map(([version, bad]) => ({ version, cohort, ok: 100 - bad, bad }));
    for (let s = from + 5; s < to; s += 10) {
      const body = requestsBody({
        feature,
        environment: 'production',
        at: t0 + s * second,
        overMs: 1_000,
        traffic: rows,
      });
      const head = { path: '/v1/metrics', method: 'POST', contentType: 'application/json', environment: null };
      expect((await receiver.receive({ ...head, body })).status).toBe(200);
    }
    await receiver.close();
    const fold = await openFold({ database, now: () => new Date() });
    while ((await fold.step()).behind > 0);
    await fold.close();
  }

  /** A feature whose baseline has been well for three minutes. */
  async function feature(over: Record<string, unknown> = {}): Promise<string> {
    const key = `back-${++features}`;
    await putFeature(at(-200), {
      key,
      owner: 'o',
      versions: { control: false, treatment: true },
      baseline: 'control',
      ...over,
    });
    await send(key, -180, 0, { control: 1 });
    return key;
  }

  async function started(
    of: { feature?: string; over?: Record<string, unknown>; plan?: string } = {},
  ): Promise<Prepared> {
    const key = of.feature ?? (await feature(of.over));
    const { id } = await createRollout(at(0), requestsPlan(key, of.plan));
    await perform(at(0), id, 'start', { reason: 'go' });
    return { feature: key, id };
  }

  async function rolledBack(of: Parameters<typeof started>[0] = {}): Promise<Prepared & { rollbackId: string }> {
    const { feature, id } = await started(of);
    await perform(at(0), id, 'roll-back', { reason: 'back' });
    const { id: rollbackId } = await only(id);
    return { feature, id, rollbackId };
  }

  async function only(rolloutId: string): Promise<RollbackView> {
    const [rollback] = await rollbacksOf(at(0), rolloutId);
    if (!rollback) throw new Error('there is no rollback');
    return rollback;
  }

  /** Traffic that shows a return, and looks as often as it takes to see it. */
  async function shown(feature: string, rollbackId: string, from = 0): Promise<RollbackView | null> {
    await send(feature, from + 10, from + shownAt, { control: 1 });
    let last: RollbackView | null = null;
    for (const s of [30, 70, 100, 110, 120, shownAt]) last = (await stepRollback(at(from + s), rollbackId)) ?? last;
    return last;
  }

  return { at, clock, send, feature, started, rolledBack, only, shown };
}

export const stepOf = (rollback: RollbackView | null, id: string): RollbackStep => {
  const found = rollback?.steps.find((step) => step.id === id);
  if (!found) throw new Error(`there is no step ${id}`);
  return found;
};
