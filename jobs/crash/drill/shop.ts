/**
 * Real users of the real environment, as a service with the middleware sees them: every request asks Belay which version
 * and which fault it gets, and what came of it is reported.
 */
import { requestsBody, type Traffic } from '@/jobs/bench/requests';
import type { Database } from '@/lib/db';
import { answerOfrep } from '@/lib/feature/ofrep';
import { loadFlagState } from '@/lib/feature/state';
import { openReceiver } from '@/lib/otlp/receive';

const users = ['pro', 'beta', 'free'].flatMap((plan) =>
  Array.from({ length: 40 }, (_, i) => ({ targetingKey: `${plan}-${i}`, plan })),
);
const environment = 'production';

export type Served = { candidates: number; harmed: number };
export type Shop = {
  /** Users who would get the candidate now, and those whose requests would fail. */
  served: (at: number) => Promise<Served>;
  /** What has happened since the last report, up to `at`. */
  report: (at: number) => Promise<void>;
  close: () => Promise<void>;
};

export function openShop(database: Database, feature: string, since: number): Shop {
  const receiver = openReceiver({ database, now: () => new Date() });
  let reportedUntil = since;

  async function asked(at: number) {
    const state = await loadFlagState(database.db);
    const ask = (key: string, context: object) => {
      const body = Buffer.from(JSON.stringify({ context }));
      const path = `/ofrep/v1/evaluate/flags/${key}`;
      return JSON.parse(answerOfrep(state, environment, { method: 'POST', path, headers: {}, body }, at).body);
    };
    return users.map((user) => ({
      user,
      version: ask(feature, user).variant as string,
      fault: (ask(`${feature}.fault`, user).value ?? {}) as { drillId?: string; version?: string; share?: number },
    }));
  }

  return {
    served: async (at) => {
      const all = await asked(at);
      const candidates = all.filter((of) => of.version !== 'control');
      return {
        candidates: candidates.length,
        harmed: candidates.filter((of) => of.fault.version === of.version && (of.fault.share ?? 0) > 0).length,
      };
    },
    report: async (at) => {
      const groups = new Map<string, Traffic>();
      for (const { user, version, fault } of await asked(at)) {
        const key = `${version} ${user.plan} ${fault.drillId ?? ''}`;
        const mark = typeof fault.drillId === 'string' ? { attributes: { 'drill.id': fault.drillId } } : {};
        const group = groups.get(key) ?? { version, cohort: user.plan, ok: 0, bad: 0, ...mark };
        const bad = fault.version === version ? Math.round((20 * Number(fault.share ?? 0)) / 100) : 0;
        group.bad += bad;
        group.ok += 20 - bad;
        groups.set(key, group);
      }
      const overMs = at - reportedUntil;
      if (overMs <= 0) return;
      const body = requestsBody({ feature, environment, at, overMs, traffic: [...groups.values()] });
      const head = { path: '/v1/metrics', method: 'POST', contentType: 'application/json', environment: null };
      const { status } = await receiver.receive({ ...head, body });
      if (status !== 200) throw new Error(`telemetry was answered ${status}`);
      reportedUntil = at;
    },
    close: () => receiver.close(),
  };
}
