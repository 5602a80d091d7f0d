/**
 * Where the excess of a criterion is: read back from the roll-ups over the stretch that speaks most for failing.
 * What an automatic decision acted on is explained once, right after it, and kept in the history (`explain`): the
 * roll-ups are dropped one day, and a post-mortem must still find it.
 */
import type { Context } from '@/lib/context';
import { type Excess, type Excesses, excessBy } from '@/lib/criterion/excess';
import type { Criterion, CriterionOutcome } from '@/lib/criterion/model';
import { badInput } from '@/lib/errors';
import { history } from '@/lib/event/event';
import { instanceKeys, readInstances } from '@/lib/signal/instances';
import type { BinRow, Mapping, Resolution } from '@/lib/signal/model';
import { resolutions } from '@/lib/signal/model';
import { isSegmentAttribute } from '@/lib/signal/segment';
import { countSeries, getMapping, readBins } from '@/lib/signal/signal';
import type { RolloutView, Verdict } from '../model';
import { decisionsOf, getRollout } from '../rollout';
import { binMs, binOf } from '../watch/judging';

export type ExcessView = Excesses & {
  criterion: string;
  cohort: string | null;
  unit: string;
  /** the stretch of time that was read, and how fine, in seconds */
  from: string;
  to: string;
  resolution: Resolution;
  /** values beyond those listed */
  left: number;
  /** the same by instance, which roll-ups add up; null: not told apart, because only a decision is worth the reading */
  instances: Excess[] | null;
  /** when it was kept with the decision that it explains; null: read just now */
  frozenAt: string | null;
};
/** Which outcome is to be explained. */
export type ExcessOf = { criterion: string; cohort: string | null };

/** A page and a job read at most about so many bins of series: what is longer is read coarser, then cut. */
const mostBins = 60_000;
const mostValues = 40;
const mostInstances = 20;
/** A bin closes a little later than it ends. */
const latestMs = 2 * binMs;

/**
 * Of the outcome that decided, or else leans most towards failing; null where there is none, or nobody has looked yet.
 * @throws BelayError not_found, bad_input where the plan has no such criterion
 */
export async function excessOf(
  ctx: Context,
  rolloutId: string,
  of: Partial<ExcessOf> = {},
): Promise<ExcessView | null> {
  const rollout = await getRollout(ctx, rolloutId);
  const verdict = await verdictToExplain(ctx, rollout);
  if (!verdict) return null;
  const asked = of.criterion === undefined ? troubleIn(rollout.plan.criteria, verdict) : { cohort: null, ...of };
  if (!asked?.criterion) return null;
  const criterion = rollout.plan.criteria.find((c) => c.name === asked.criterion);
  if (!criterion) throw badInput([{ field: 'criterion', message: `the plan has no criterion "${asked.criterion}"` }]);
  const chosen = { criterion: criterion.name, cohort: asked.cohort ?? null };
  return (await frozen(ctx, rollout, chosen)) ?? readOnce(ctx, rollout, verdict, criterion, chosen);
}

/** What led to the end, of a rollout that was ended by a verdict; else the newest look. */
async function verdictToExplain(ctx: Context, rollout: RolloutView): Promise<Verdict | null> {
  if (rollout.state === 'running' || rollout.state === 'held') return rollout.verdict;
  const decisions = await decisionsOf(ctx, rollout.id);
  return decisions.find((d) => d.acted && d.action === 'roll_back')?.evidence ?? rollout.verdict;
}

/** The outcome worth explaining: the one that decided, one that fails, or the one that leans most towards failing. */
export function troubleIn(criteria: readonly Criterion[], verdict: Verdict): ExcessOf | null {
  if (verdict.deciding) return verdict.deciding;
  const bad = verdict.outcomes
    .filter((o) => o.kind !== 'diagnostic' && leansToFail(criteria, o))
    .sort((a, b) => b.progress - a.progress || Number(a.cohort !== null) - Number(b.cohort !== null));
  const [worst] = bad;
  return worst ? { criterion: worst.criterion, cohort: worst.cohort } : null;
}

/** More than half way to failing. */
export function leansToFail(criteria: readonly Criterion[], outcome: CriterionOutcome): boolean {
  if (outcome.outcome === 'fail') return true;
  const worse = criteria.find((c) => c.name === outcome.criterion)?.better === 'lower' ? 'above' : 'below';
  return outcome.outcome === 'inconclusive' && outcome.progress > 0.5 && outcome.working?.side === worse;
}

async function frozen(ctx: Context, rollout: RolloutView, of: ExcessOf): Promise<ExcessView | null> {
  if (rollout.state === 'running' || rollout.state === 'held') return null;
  const events = await history(ctx, { rolloutId: rollout.id, kinds: ['rollout.explained'], limit: 20 });
  for (const event of events) {
    const kept = event.data.excess as ExcessView | undefined;
    if (kept && kept.criterion === of.criterion && kept.cohort === of.cohort) return { ...kept, frozenAt: event.at };
  }
  return null;
}

/**
 * A page that is open looks again every second; what it shows changes with the bins. One process keeps the newest few
 * answers, which anyone may have who may see the rollout.
 */
const recent = new Map<string, Promise<ExcessView>>();
const mostRecent = 16;

function readOnce(
  ctx: Context,
  rollout: RolloutView,
  verdict: Verdict,
  criterion: Criterion,
  of: ExcessOf,
): Promise<ExcessView> {
  const key = JSON.stringify([rollout.id, of.criterion, of.cohort, binOf(Date.parse(verdict.at))]);
  const known = recent.get(key);
  if (known) return known;
  const reading = readExcess(ctx, rollout, verdict, criterion, of);
  recent.set(key, reading);
  // What could not be read is tried again.
  reading.catch(() => recent.delete(key));
  for (const oldest of recent.keys()) if (recent.size > mostRecent) recent.delete(oldest);
  return reading;
}

/** As of the verdict, whatever has come in since; the ledger is not read. */
async function readExcess(
  ctx: Pick<Context, 'db' | 'now' | 'actor' | 'enqueue'>,
  rollout: Pick<RolloutView, 'plan' | 'startedAt' | 'createdAt'>,
  verdict: Verdict,
  criterion: Criterion,
  of: ExcessOf,
): Promise<ExcessView> {
  const { plan } = rollout;
  const series = {
    environment: plan.environment,
    feature: plan.feature,
    metrics: criterion.per ? [criterion.metric, criterion.per] : [criterion.metric],
    versions: [plan.baseline, plan.candidate],
  };
  const outcome = verdict.outcomes.find((o) => o.criterion === of.criterion && o.cohort === of.cohort);
  const stretch = stretchOf(outcome, Date.parse(rollout.startedAt ?? rollout.createdAt), Date.parse(verdict.at));
  const { from, resolution } = coarseEnough(stretch, await countSeries(ctx.db, series));
  const span = { from: new Date(from), to: new Date(stretch.to) };
  const [rows, mapping] = await Promise.all([
    readBins(ctx.db, { ...series, ...span, resolution }),
    getMapping({ ...ctx, actor: reader }),
  ]);
  return {
    ...of,
    ...cut(explained(criterion, rows, plan, of.cohort, mapping)),
    unit: rows.find((r) => r.metric === criterion.metric)?.unit ?? '',
    from: span.from.toISOString(),
    to: span.to.toISOString(),
    resolution,
    instances: null,
    frozenAt: null,
  };
}

/** With the instances told apart, from the ledger: for a job, not for a page. */
export async function readExcessApart(...given: Parameters<typeof readExcess>): Promise<ExcessView> {
  const [ctx, { plan }, , criterion, { cohort }] = given;
  const view = await readExcess(...given);
  const rows = await readInstances(ctx.db, {
    environment: plan.environment,
    feature: plan.feature,
    metrics: criterion.per ? [criterion.metric, criterion.per] : [criterion.metric],
    versions: [plan.baseline, plan.candidate],
    from: new Date(view.from),
    to: new Date(view.to),
  });
  const own = rows?.filter((row) => cohort === null || row.cohort === cohort) ?? null;
  if (!own) return view;
  const { values } = excessBy(criterion, own, plan, { exclude: (key) => !instanceKeys.includes(key) });
  return { ...view, instances: values.slice(0, mostInstances) };
}

/** The mapping is the house's own; who may see the rollout may have it applied. */
const reader = { kind: 'rule', id: 'explain', name: 'explain', environment: null } as const;

function explained(
  criterion: Criterion,
  rows: BinRow[],
  plan: RolloutView['plan'],
  cohort: string | null,
  mapping: Mapping,
): Excesses {
  const own = cohort === null ? rows : rows.filter((row) => row.cohort === cohort);
  return excessBy(criterion, own, plan, { exclude: (key) => isSegmentAttribute(key, mapping) });
}

function cut(all: Excesses): Excesses & { left: number } {
  return { ...all, values: all.values.slice(0, mostValues), left: Math.max(0, all.values.length - mostValues) };
}

/** Bins are counted, and silent ones are not: where the stretch began is said to the bin if nothing was silent. */
export function stretchOf(
  outcome: CriterionOutcome | undefined,
  startedAt: number,
  at: number,
): { from: number; to: number } {
  const working = outcome?.working ?? null;
  const whole = working === null || working.fromBin === 0;
  const from = whole ? startedAt : at - working.bins * binMs - latestMs;
  return { from: binOf(Math.max(startedAt, from)), to: at };
}

/** As fine as the number of series allows; where even the coarsest is too much, the newest part. */
export function coarseEnough(
  { from, to }: { from: number; to: number },
  series: number,
): { from: number; resolution: Resolution } {
  const bins = (resolution: number) => (Math.max(1, series) * (to - from)) / (resolution * 1000);
  const resolution = resolutions.find((r) => bins(r) <= mostBins) ?? 3600;
  const longest = (mostBins * resolution * 1000) / Math.max(1, series);
  return { from: Math.max(from, Math.floor((to - longest) / (resolution * 1000)) * resolution * 1000), resolution };
}
