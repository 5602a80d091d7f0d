/**
 * From raw OTLP through the receiver, the watch and a rollback to a report, and every number of it once more by another
 * route: from the blocks of the ledger, point by point, without the fold, its roll-ups or what is drafted from them.
 */
import { asc } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { postmortem, postmortemEvidence, postmortemVersion } from '@/drizzle/schema/postmortem';
import { stream } from '@/drizzle/schema/signal';
import { testDatabase } from '@/e2e/database';
import { requestsBody, requestsPlan, type Traffic } from '@/jobs/bench/requests';
import { handlersFor } from '@/jobs/handlers';
import { history } from '@/lib/event/event';
import { putFeature } from '@/lib/feature/feature';
import { openLog } from '@/lib/log';
import { openReceiver, type Receiver } from '@/lib/otlp/receive';
import { rollbacksOf, stepRollback } from '@/lib/rollback/rollback';
import { createRollout, getRollout, perform } from '@/lib/rollout/rollout';
import { openWatch, type Watch } from '@/lib/rollout/watch/watch';
import { readBlock } from '@/lib/signal/ledger/block';
import type { Facts } from '../facts';
import type { Document } from '../model';
import { checkSeal } from '../seal';
import { textOf } from './sentence';
import { dangling } from './sources';

const store = testDatabase();
const log = openLog('test', { level: 'silent' });
const second = 1_000;
const minute = 60 * second;
/** Half an hour ago, for the receiver goes by the real clock; everything else goes by this one, which the test moves. */
const t0 = Math.floor((Date.now() - 30 * minute) / minute) * minute;
let clock = t0;
const now = () => new Date(clock);
const feature = 'new-checkout';

let receiver: Receiver;
let watch: Watch;
beforeAll(async () => {
  receiver = openReceiver({ database: store.database(), now: () => new Date() });
});
afterAll(async () => {
  await watch?.close();
  await receiver?.close();
});

const methods = [
  ['card', 0.75],
  ['invoice', 0.25],
] as const;
/** Two cohorts, two ways to pay; of the candidate's invoices in eu so many fail. */
function traffic(candidate: number, badInvoices: number): Traffic[] {
  const out: Traffic[] = [];
  for (const [cohort, size] of [
    ['eu', 400],
    ['us', 200],
  ] as const)
    for (const [method, part] of methods)
      for (const version of ['control', 'treatment'] as const) {
        const all = Math.round(size * part * (version === 'treatment' ? candidate : 1 - candidate));
        const failing = version === 'treatment' && method === 'invoice' && cohort === 'eu' ? badInvoices : 0.01;
        const bad = Math.round(all * failing);
        if (all > 0) out.push({ version, cohort, ok: all - bad, bad, attributes: { 'payment.method': method } });
      }
  return out;
}

/** What happened in the ten seconds from `at` on. */
async function send(at: number, rows: Traffic[]): Promise<void> {
  const body = requestsBody({ feature, environment: 'production', at: at + 9_999, overMs: 9_998, traffic: rows });
  const request = { path: '/v1/metrics', method: 'POST', contentType: 'application/json', body, environment: null };
  expect((await receiver.receive(request)).status).toBe(200);
}

async function until(what: () => Promise<boolean>, each?: () => Promise<void>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await what()) return;
    if (each) await each();
    else await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come to that');
}

/** The clock goes on only once what was sent is folded, however busy the machine is. */
const folded = () => until(async () => (await store.database().sql`select 1 from ledger_pending limit 1`).length === 0);

type Point = { at: number; version: string; cohort: string; bad: boolean; method: string; n: number };
/** Delta points as they lie in the ledger, with what their streams say of them. */
async function ledgerPoints(): Promise<Point[]> {
  const { db, sql } = store.database();
  const streams = new Map((await db.select().from(stream)).map((s) => [s.id, s.attributes]));
  const rows = await sql<{ block: Buffer }[]>`select block from ledger order by id`;
  const points: Point[] = [];
  for (const { block } of rows)
    readBlock(block, {
      ...silent,
      number: (id, _start, time, _flags, n) => {
        const a = streams.get(id) ?? {};
        if (a['feature_flag.key'] !== feature) return;
        points.push({
          at: Number(time / 1_000_000n),
          version: String(a['feature_flag.result.variant']),
          cohort: String(a.cohort),
          bad: String(a['http.response.status_code']) === '500',
          method: String(a['payment.method']),
          n,
        });
      },
    });
  return points;
}
const silent = { histogram: () => {}, exponentialHistogram: () => {}, summary: () => {} };

const run = { log, signal: new AbortController().signal, attempt: 1 };
/** As the worker does: the sweep finds what is due, and the job is done. */
async function sweep(): Promise<string[]> {
  const drafted: string[] = [];
  const handlers = handlersFor({
    db: store.database().db,
    now,
    enqueue: async (name, payload) => {
      if (name !== 'postmortem' || !('postmortemId' in payload)) return;
      drafted.push(payload.postmortemId);
    },
  });
  await handlers.sweep({}, run);
  for (const postmortemId of drafted) await handlers.postmortem({ postmortemId }, run);
  return drafted;
}

async function report() {
  const { db } = store.database();
  const [row, ...others] = await db.select().from(postmortem);
  if (!row?.document) throw new Error('there is no draft');
  expect(others).toEqual([]);
  const evidence = await db.select().from(postmortemEvidence).orderBy(asc(postmortemEvidence.number));
  const versions = await db.select().from(postmortemVersion).orderBy(asc(postmortemVersion.number));
  const facts = JSON.parse(evidence.at(-1)?.facts ?? '') as Facts;
  return { row, document: row.document as Document, evidence, versions, facts };
}
const textsOf = (document: Document, section: keyof Document['draft']['sections']) =>
  document.draft.sections[section].sentences.map(textOf);

it('drafts what a stranger can read, and its numbers are those of the ledger', async () => {
  clock = t0 - 4 * minute;
  await putFeature(store.context({ now }), {
    key: feature,
    owner: 'payments',
    versions: { control: false, treatment: true },
    baseline: 'control',
  });
  for (let at = t0 - 3 * minute; at < t0; at += 10 * second) await send(at, traffic(0, 0.01));
  watch = await openWatch({ database: store.database(), url: store.url(), now, enqueue: async () => {}, log });
  // What the baseline was like is recorded at the start, so it must be known by then.
  await folded();
  clock = t0;
  const ctx = store.context({ now });
  const { id } = await createRollout(ctx, requestsPlan(feature));
  await perform(ctx, id, 'start', { reason: 'Spring release' });
  const onset = t0 + minute;
  let at = t0;
  await until(
    async () => (await getRollout(ctx, id)).state !== 'running',
    async () => {
      await send(at, traffic(0.5, at < onset ? 0.01 : 0.6));
      await folded();
      at += 10 * second;
      clock = at;
      await until(async () => {
        const { state, verdict } = await getRollout(ctx, id);
        return state !== 'running' || (verdict !== null && Date.parse(verdict.at) >= at);
      });
    },
  );
  await sweep();
  const first = await report();
  expect(textsOf(first.document, 'summary').join(' ')).toContain('not proven yet');
  if (process.env.SHOW_REPORT) show(first.document);

  await send(at, traffic(0.2, 0.6));
  at += 10 * second;
  clock = at;
  await until(
    async () => (await rollbacksOf(ctx, id))[0]?.state === 'verified',
    async () => {
      await send(at, traffic(0, 0.01));
      await folded();
      at += 10 * second;
      clock = at;
      // The watch does so too; whoever is first has it.
      for (const { id: of } of await rollbacksOf(ctx, id)) await stepRollback(ctx, of);
    },
  );
  await sweep();
  await sweep();
  const { document, facts, evidence, versions, row } = await report();
  const points = await ledgerPoints();
  const events = await history(store.context(), { limit: 1000 });
  if (process.env.SHOW_REPORT) show(document);

  // Drafted when it was decided, and again when it was proven; it is looked at once more for what comes late.
  expect(evidence.map(({ number }) => number)).toEqual([1, 2]);
  expect(versions.map(({ number, evidence: of }) => [number, of])).toEqual([
    [1, 1],
    [2, 2],
  ]);
  const verifiedAt = timeOf(events, 'rollback.verified');
  expect(row.draftDueAt?.getTime()).toBe(verifiedAt + 10 * minute);
  expect(row).toMatchObject({ state: 'draft', leaseUntil: null, lastError: null, revision: 0, title: document.title });
  expect(timeOf(events, 'postmortem.drafted', 'first') - timeOf(events, 'rollout.rolling_back')).toBeLessThan(minute);
  expect(events.filter(({ kind }) => kind === 'postmortem.opened')).toHaveLength(1);
  const head = { id: row.id, state: row.state, document };
  expect(checkSeal({ head, evidence, versions }, [])).toMatchObject({ state: 'intact' });

  const said = Object.values(document.draft.sections).flatMap(({ sentences }) => sentences);
  for (const s of said) {
    const sources = s.spans.flatMap((span) => span.sources);
    expect([s.id, sources.length > 0, dangling(sources, facts, document.draft.figures)]).toEqual([s.id, true, []]);
  }
  const milestones = new Map(document.draft.milestones.map((m) => [m.name, Date.parse(m.at ?? '')]));
  // The onset is an estimate of ten seconds; the traffic says when it was.
  const onsetAt = milestones.get('onset') ?? 0;
  expect(Math.abs(onsetAt - onset)).toBeLessThanOrEqual(ten);
  const impact = impactIn(points, onsetAt - ten);
  const [rollback] = await rollbacksOf(ctx, id);
  const ended = (kind: string) => Date.parse(rollback?.steps.find(({ work }) => work.kind === kind)?.endedAt ?? '');
  const decided = timeOf(events, 'rollout.rolling_back');
  const at_ = {
    decided,
    detected: Date.parse(facts.decisions.find((d) => d.action === 'roll_back')?.evidence?.at ?? ''),
    acted: ended('serve'),
  };
  const moments = { ...at_, propagated: ended('exposure'), recovered: ended('criteria'), onset: onsetAt };
  for (const [what, when] of Object.entries(moments))
    expect([what, milestones.get(what as 'onset')]).toEqual([what, when]);
  const spans = {
    'impact/minutes': moments.propagated - onsetAt,
    'clock/detect': moments.detected - onsetAt,
    'clock/decide': decided - moments.detected,
    'clock/actuate': moments.acted - decided,
    'clock/propagate': moments.propagated - moments.acted,
    'clock/recover': moments.recovered - moments.propagated,
  };
  const figures = { ...impact.figures, ...spans, ...minutesIn(points, onsetAt) };
  for (const f of document.draft.figures)
    expect([f.id, f.value]).toEqual([f.id, close(figures[f.id as keyof typeof figures])]);
  const errors = document.draft.figures.find(({ id: of }) => of === 'impact/errors');
  expect(errors?.inputs.tau2).toBe(0);
  expect(errors?.low).toBeCloseTo(impact.low, 1);
  expect(errors?.high).toBeCloseTo(impact.high, 1);

  const sayable = new Set([
    ...impact.sayable,
    ...Object.values(spans).flatMap(spoken),
    ...[-ten, 0, ten].flatMap((off) => [
      ...spoken(spans['clock/detect'] + off),
      ...spoken(spans['impact/minutes'] + off),
    ]),
    ...spoken(moments.propagated - decided),
    ...spoken(verifiedAt - decided),
    ...spoken((rollback?.endedAt ? Date.parse(rollback.endedAt) : 0) - decided),
    ...spoken(moments.recovered - onsetAt),
    ...spoken(onsetAt - t0),
    ...decidedOn(points, facts),
    ...carriedBy(points),
    ...shareOf(points.filter((p) => binOf(p) >= onsetAt && binOf(p) < moments.propagated)),
    // Of the plan: shares of its stages, its holdback, what a gate asks for, its false rollbacks.
    ...['50', '90', '10', '1,000', '1'],
    // Of the rollback: its steps; of the states: lines that differ; of the evidence: what was read.
    ...['5', '2'],
    ...[facts.events.length, facts.decisions.length, facts.snapshots.length, 1].map(String),
    String(new Set(points.map((p) => `${binOf(p)} ${p.version} ${p.cohort}`)).size),
  ]);
  for (const s of said)
    for (const number of numbersIn(textOf(s)))
      expect([s.id, number, sayable.has(number)]).toEqual([s.id, number, true]);
}, 120_000);

function close(value: number | null | undefined): unknown {
  if (value === undefined) return 'not recomputed';
  return value === null ? null : expect.closeTo(value, 6);
}
type Told = Awaited<ReturnType<typeof history>>;
/** The newest, unless the first is asked for; the history comes newest first. */
function timeOf(events: Told, kind: string, which: 'first' | 'last' = 'last'): number {
  const all = events.filter((e) => e.kind === kind);
  const found = which === 'last' ? all[0] : all.at(-1);
  if (!found) throw new Error(`nothing tells of ${kind}`);
  return Date.parse(found.at);
}

const ten = 10 * second;
const sum = (all: Point[]) => all.reduce((total, p) => total + p.n, 0);
const failures = (all: Point[]) => sum(all.filter((p) => p.bad));
const binOf = (p: Point) => Math.floor(p.at / ten) * ten;
const of = (all: Point[], version: string) => all.filter((p) => p.version === version);
function groups(all: Point[], by: (p: Point) => string): Point[][] {
  const found = new Map<string, Point[]>();
  for (const p of all) found.set(by(p), [...(found.get(by(p)) ?? []), p]);
  return [...found.values()];
}
const written = (n: number) => Math.round(n).toLocaleString('en-GB');
const percents = (share: number) => [Number((100 * share).toPrecision(3)).toString(), String(Math.round(100 * share))];

/** Numbers of a sentence but for dates, times of day, and what belongs to a name. */
const numbersIn = (text: string): string[] =>
  text.replace(/\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d/g, '').match(/\d[\d,.]*\d|\d/g) ?? [];

function spoken(ms: number): string[] {
  if (ms < ten) return [String(Math.round(ms / 100) / 10)];
  const seconds = Math.round(ms / second);
  return seconds < 60 ? [String(seconds)] : [String(Math.floor(seconds / 60)), String(seconds % 60)];
}

type Stratum = { n1: number; k1: number; n0: number; k0: number; cohort: string };
function impactIn(points: Point[], from: number) {
  const counted = points.filter((p) => binOf(p) >= from);
  const strata = groups(counted, (p) => `${Math.floor(p.at / minute)} ${p.cohort}`)
    .map((all): Stratum => {
      const [one, zero] = [of(all, 'treatment'), of(all, 'control')];
      return { n1: sum(one), k1: failures(one), n0: sum(zero), k0: failures(zero), cohort: all[0]?.cohort ?? '' };
    })
    .filter(({ n1 }) => n1 > 0);
  const by = (cohort: string) => strata.filter((s) => s.cohort === cohort);
  const baseline = (all: Stratum[]) => all.reduce((total, s) => total + (s.n1 * s.k0) / s.n0, 0);
  const excess = (all: Stratum[]) => all.reduce((total, s) => total + s.k1, 0) - baseline(all);
  const own = of(counted, 'treatment');
  const k1 = failures(own);
  // A part of a cohort's requests varies less than a count that has no end.
  const part = (cohort: string) =>
    by(cohort).reduce((k, s) => k + s.k0, 0) / (by(cohort).reduce((n, s) => n + s.n0, 0) + 1);
  const variance = strata.reduce((v, s) => v + (s.n1 / s.n0) ** 2 * s.k0 * (1 - part(s.cohort)), 0);
  const widest = Math.max(...strata.map((s) => s.n1 / s.n0));
  const low = k1 - quantile(baseline(strata) + widest, variance + widest ** 2, 0.975);
  const high = k1 - quantile(baseline(strata), variance, 0.025);
  const figures = {
    'impact/requests': sum(own),
    'impact/requests/eu': sum(own.filter((p) => p.cohort === 'eu')),
    'impact/requests/us': sum(own.filter((p) => p.cohort === 'us')),
    'impact/users': null,
    'impact/errors': excess(strata),
    'impact/errors/eu': excess(by('eu')),
    'impact/errors/us': excess(by('us')),
    'impact/errors/uncompared': 0,
  };
  const sayable = [sum(own), excess(strata), low, high].map(written);
  return { figures, low, high, sayable: [...sayable, '95'] };
}

/** Of the gamma distribution of this mean and variance, by adding up its density. */
function quantile(mean: number, variance: number, p: number): number {
  const shape = mean ** 2 / variance;
  const steps = 200_000;
  const end = mean + 12 * Math.sqrt(variance);
  const density = (x: number) => Math.exp((shape - 1) * Math.log(x / mean) - (shape * (x - mean)) / mean);
  const weights = Array.from({ length: steps }, (_, i) => density(((i + 0.5) * end) / steps));
  const whole = weights.reduce((a, b) => a + b, 0);
  let seen = 0;
  for (const [i, weight] of weights.entries()) {
    seen += weight;
    if (seen >= p * whole) return ((i + 0.5) * end) / steps;
  }
  return end;
}

/** From the onset to the end of the last step with a request of the candidate. */
function minutesIn(points: Point[], onset: number): Record<string, number> {
  const own = of(points, 'treatment').filter((p) => binOf(p) + ten > onset);
  const last = (cohort: string) => Math.max(...own.filter((p) => p.cohort === cohort).map((p) => binOf(p) + ten));
  return { 'impact/minutes/eu': last('eu') - onset, 'impact/minutes/us': last('us') - onset };
}

/** What the criterion had counted when it decided: everything in eu since the start, up to some bin. */
function decidedOn(points: Point[], { decisions }: Facts): string[] {
  const { evidence } = decisions.find((d) => d.action === 'roll_back') ?? {};
  expect(evidence?.deciding).toEqual({ criterion: 'errors', cohort: 'eu' });
  const outcome = evidence?.outcomes.find((o) => o.cohort === 'eu');
  for (let until = t0; until <= clock; until += ten) {
    const seen = points.filter((p) => p.cohort === 'eu' && p.at >= t0 && p.at < until);
    const [one, zero] = [of(seen, 'treatment'), of(seen, 'control')];
    if (sum(one) === 0 || sum(one) !== outcome?.candidate.n) continue;
    return [written(sum(one)), ...percents(failures(one) / sum(one)), ...percents(failures(zero) / sum(zero))];
  }
  throw new Error('the ledger has no such number of requests');
}

/** Invoices: their part of the excess, bin by bin with the weights of Mantel and Haenszel, and of the requests. */
function carriedBy(points: Point[]): string[] {
  const level = new Map(
    ['eu', 'us'].map((cohort) => {
      const met = groups(
        points.filter((p) => p.cohort === cohort),
        (p) => String(binOf(p)),
      ).filter((g) => of(g, 'treatment').length > 0);
      const zero = met.flatMap((g) => of(g, 'control'));
      return [cohort, failures(zero) / sum(zero)] as const;
    }),
  );
  const excess = { all: 0, invoice: 0 };
  const weight = { all: 0, invoice: 0 };
  for (const bin of groups(points, (p) => `${binOf(p)} ${p.cohort}`)) {
    const [n1, n0] = [sum(of(bin, 'treatment')), sum(of(bin, 'control'))];
    if (n1 === 0 || n0 === 0) continue;
    for (const p of bin) {
      const times = p.version === 'treatment' ? n0 / (n1 + n0) : -n1 / (n1 + n0);
      const x = times * p.n * ((p.bad ? 1 : 0) - (level.get(p.cohort) ?? 0));
      excess.all += x;
      if (p.method === 'invoice') excess.invoice += x;
      if (p.version !== 'treatment') continue;
      weight.all += times * p.n;
      if (p.method === 'invoice') weight.invoice += times * p.n;
    }
  }
  // “All” is said of what is over 99.5 %.
  expect(excess.invoice / excess.all).toBeGreaterThan(0.98);
  return [...percents(excess.invoice / excess.all), ...percents(weight.invoice / weight.all)];
}

const shareOf = (all: Point[]): string[] => [...percents(sum(of(all, 'treatment')) / sum(all)), written(sum(all))];

function show(document: Document): void {
  const lines = Object.entries(document.draft.sections).flatMap(([section, { sentences }]) => [
    `## ${section}`,
    ...sentences.map((s) => `- ${textOf(s)}`),
  ]);
  const entries = document.draft.timeline
    .filter(({ minor }) => !minor)
    .map((e) => `${e.at} ${e.milestone ?? ''} ${e.text}`);
  process.stdout.write([document.title, ...lines, ...entries, ''].join('\n'));
}
