/** Requests of a feature as its service would report them, with a past: what was known good before the rollout. */
import { requestsBody } from '@/jobs/bench/requests';

export type Traffic = {
  /** From now on half of the requests are the candidate's. */
  expose: () => void;
  /** And from now on none of them. */
  unexpose: () => void;
  stop: () => Promise<void>;
};

const second = 1_000;
const binMs = 10 * second;
/** Six windows of 30 s: what is usual. */
const pastMs = 180 * second;

export async function startTraffic(otlp: string, feature: string): Promise<Traffic> {
  const post = async (at: number, overMs: number, versions: string[]) => {
    const n = Math.round((40 * overMs) / second);
    const traffic = versions.map((version) => ({
      version,
      cohort: 'eu',
      ok: n - Math.ceil(n / 100),
      bad: Math.ceil(n / 100),
    }));
    const body = requestsBody({ feature, environment: 'production', at, overMs, traffic });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${otlp}/v1/metrics`, { method: 'POST', headers, body: new Uint8Array(body) });
    if (!answer.ok) throw new Error(`traffic: ${answer.status} ${await answer.text()}`);
  };
  const began = Date.now();
  for (let at = began - pastMs; at <= began; at += binMs) await post(at, binMs, ['control']);
  let versions = ['control'];
  let until = began;
  let posting: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    const now = Date.now();
    const over = now - until;
    until = now;
    posting = posting.then(() => post(now, over, versions)).catch(() => {});
  }, second);
  return {
    expose: () => {
      versions = ['control', 'treatment'];
    },
    unexpose: () => {
      versions = ['control'];
    },
    stop: async () => {
      clearInterval(timer);
      await posting;
    },
  };
}

/** A plan with two steps that change data, one on the other, and a check of what must hold after a rollback. */
export const migratingPlan = (feature: string): string => `
feature: ${feature}
environment: production
owner: payments
baseline: control
candidate: treatment
holdback: 50
stages:
  - { name: everyone, exposure: { "*": 100 }, minDuration: 24h }
criteria:
  - { name: errors, kind: guardrail, measure: share, metric: requests, of: { http.response.status_code: 5xx },
      against: baseline, better: lower, margin: 5pp }
migrations:
  - name: column
    kind: expand
    owner: orders
    apply: { kind: sql, database: orders, statements: alter table orders add column ${feature}_total int }
    revert: { kind: sql, database: orders, statements: alter table orders drop column ${feature}_total }
  - name: fill
    kind: backfill
    owner: orders
    dependsOn: [column]
    apply: { kind: sql, database: orders, statements: update orders set ${feature}_total = items * 10 }
    revert: { kind: sql, database: orders, statements: update orders set ${feature}_total = null }
checks:
  - { kind: sql, name: no-orphans, database: orders,
      query: select id from line where order_id not in (select id from orders),
      onFailure: Delete the lines that have no order; payments knows which }
`;
