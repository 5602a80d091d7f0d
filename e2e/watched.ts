/** A watch over rollouts that get telemetry through the receiver's door; no queue, so the sweep alone has to do. */
import { afterAll, beforeAll, expect } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { requestsBody, requestsPlan, type Traffic } from '@/jobs/bench/requests';
import { putSetting } from '@/lib/event/setting';
import { evaluate } from '@/lib/feature/evaluate';
import { putFeature } from '@/lib/feature/feature';
import { type Flags, openFlags } from '@/lib/feature/flags';
import { openLog } from '@/lib/log';
import { openReceiver, type Receiver } from '@/lib/otlp/receive';
import type { RolloutView } from '@/lib/rollout/model';
import { createRollout, getRollout, perform } from '@/lib/rollout/rollout';
import { openWatch, type Watch } from '@/lib/rollout/watch/watch';

export const minute = 60_000;
export const log = openLog('test', { level: 'silent' });

/** Candidate and baseline of one cohort, 400 requests each; the share of errors of the candidate is given. */
export const arms = (cohort: string, badShare: number): Traffic[] => {
  const bad = Math.round(400 * badShare);
  return [
    { version: 'control', cohort, ok: 396, bad: 4 },
    { version: 'treatment', cohort, ok: 400 - bad, bad },
  ];
};

export function watched() {
  const store = testDatabase();
  const now = () => new Date();
  const problems: unknown[] = [];
  let receiver: Receiver;
  let flags: Flags;
  let watch: Watch | undefined;
  let features = 0;
  let sent = 0;

  const lead = async () => {
    const quiet = { ...log, info: () => {}, warn: () => {}, debug: () => {} };
    watch = await openWatch({
      database: store.database(),
      url: store.url(),
      now,
      enqueue: async () => {},
      log: { ...quiet, error: (...args: unknown[]) => problems.push(args) },
    });
  };
  const stop = async () => {
    await watch?.close();
    watch = undefined;
  };
  beforeAll(async () => {
    const database = store.database();
    // Tests break more in a minute than anybody should in an hour.
    await putSetting(database.db, now(), 'rollback_cap', { max: 1_000 });
    receiver = openReceiver({ database, now });
    flags = await openFlags({ url: store.url(), database, process: 'test', now });
    await lead();
  });
  afterAll(async () => {
    await stop();
    await flags?.close();
    await receiver?.close();
    expect(problems).toEqual([]);
  });

  /** A rollout that began some minutes ago, so that there is time to have data in. */
  async function begin(more = '', minutes = 5): Promise<{ feature: string; id: string; startedAt: number }> {
    const feature = `watched-${++features}`;
    const startedAt = Date.now() - minutes * minute;
    const ctx = store.context({ now: () => new Date(startedAt) });
    const versions = { control: false, treatment: true };
    await putFeature(ctx, { key: feature, owner: 'o', versions, baseline: 'control' });
    const { id } = await createRollout(ctx, requestsPlan(feature, more));
    await perform(ctx, id, 'start', { reason: 'go' });
    return { feature, id, startedAt };
  }

  async function sendAt(feature: string, at: number, traffic: Traffic[]): Promise<void> {
    // No two requests are the same, or the second would be taken for a retry.
    const stamp = at + (++sent % 1000) / 1000;
    const body = requestsBody({ feature, environment: 'production', at: stamp, overMs: 10_000, traffic });
    const type = 'application/json';
    const request = { path: '/v1/metrics', method: 'POST', contentType: type, body, environment: null };
    expect((await receiver.receive(request)).status).toBe(200);
  }

  /** One report a 10 s bin. */
  async function send(feature: string, from: number, to: number, traffic: Traffic[]): Promise<void> {
    for (let at = from + 10_000; at <= to; at += 10_000) await sendAt(feature, at - 1, traffic);
  }

  async function until(id: string, what: (rollout: RolloutView) => boolean): Promise<RolloutView> {
    let seen: RolloutView | undefined;
    for (let i = 0; i < 300; i++) {
      seen = await getRollout(store.context(), id);
      if (what(seen)) return seen;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`it did not come to that: ${JSON.stringify({ ...seen, plan: undefined })}`);
  }

  /** What fifty users get, each version once. */
  function served(feature: string, context: Record<string, unknown> = {}): string[] {
    const keys = Array.from({ length: 50 }, (_, i) => `user-${i}`);
    const versions = keys.map((targetingKey) => {
      return evaluate(flags.state(), feature, 'production', { ...context, targetingKey })?.version ?? 'none';
    });
    return [...new Set(versions)].sort();
  }

  return { store, begin, send, sendAt, until, served, lead, stop, now };
}
