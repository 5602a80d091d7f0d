/**
 * The step that shows that the criteria are back where they were. What was measured of the known-good version counts
 * in this order: in the snapshot that is restored; else during the rollout, up to the decision; else a criterion's own
 * threshold. Where none is there nobody knows what is usual, and that is never a proof.
 */
import { and, asc, eq } from 'drizzle-orm';
import type { rollback } from '@/drizzle/schema/rollback';
import { rollout } from '@/drizzle/schema/rollout';
import { snapshot } from '@/drizzle/schema/snapshot';
import type { Criterion } from '@/lib/criterion/model';
import type { Db } from '@/lib/db';
import { exposedCohorts } from '@/lib/rollout/plan/exposure';
import type { CriterionReading } from '@/lib/snapshot/model';
import { proving, readRows, readStretch } from '@/lib/snapshot/reading';
import { binMs, type Stretch, stretchesOf, windowMs } from '@/lib/snapshot/windows';
import type { TaskResult } from './model';
import { lateMs } from './proof';
import { servedSince } from './proof-exposure';
import { planOf } from './proof-plan';
import { inUnit, type Range, type Returned, rangeOf, returned, thresholdOf } from './proof-range';

type Row = typeof rollback.$inferSelect;

/** Past this people are told; looking goes on. */
const backWithinMs = 5 * 60_000;
const againMs = 5_000;
/** Only the newest windows decide; a rollback that nobody has settled for days reads no more. */
const lookBackMs = 10 * windowMs;
const usualMs = 30 * 60_000;

export async function proveCriteria(db: Db, now: Date, row: Row): Promise<TaskResult> {
  const plan = await planOf(db, row);
  const criteria = plan ? proving(plan) : [];
  if (criteria.length === 0)
    return { kind: 'done', detail: 'No rollout of this feature has declared criteria, so none has to come back' };
  const goneAt = goneSince(row);
  const until = Math.floor((now.getTime() - lateMs) / binMs) * binMs;
  const from = firstWindow(goneAt, until);
  const version = row.desired.baseline;
  const of = { feature: row.featureKey, environment: row.environment, version };
  const rows = until > from ? await readRows(db, { ...of, criteria, from, to: until }) : [];
  const usual = await usualOf(db, row, { criteria, version });
  const findings = criteria.flatMap((criterion) => {
    const stretches = stretchesOf(criterion, rows, version, { origin: from });
    return usual.cohorts.flatMap((cohort) =>
      findingOf(criterion, cohort, { stretch: stretches.get(cohort), usual, from, until }),
    );
  });
  return resultOf(findings, { sinceMs: now.getTime() - goneAt, from, now: now.getTime() });
}

/** When exposure was seen to be gone; where it need not be, when everybody served the restored state. */
function goneSince(row: Row): number {
  const ends = row.steps
    .filter((s) => s.work.kind === 'exposure' && s.endedAt !== null)
    .map((s) => Date.parse(s.endedAt as string));
  return Math.max(servedSince(row), ...ends);
}

/** Windows follow each other from the first bin after the exposure was gone. */
function firstWindow(goneAt: number, until: number): number {
  const first = Math.ceil(goneAt / binMs) * binMs;
  const skipped = Math.max(0, Math.floor((until - lookBackMs - first) / windowMs));
  return first + skipped * windowMs;
}

/** `cohorts`: whom it is looked at for; null: all together. */
type Usual = {
  cohorts: Array<string | null>;
  /** whole says that it must be known; a cohort that never had a range of its own is left to the whole */
  needed: (cohort: string | null) => boolean;
  range: (criterion: Criterion, cohort: string | null, unit: string) => Range | null;
};

async function usualOf(db: Db, row: Row, of: { criteria: Criterion[]; version: string }): Promise<Usual> {
  const recorded = (await recordedReadings(db, row)).filter((r) => r.version === of.version);
  const exposed = await exposedOf(db, row);
  const cohorts = row.cohorts.length > 0 ? row.cohorts : [null, ...exposed];
  const readingIn = (readings: CriterionReading[], criterion: Criterion, cohort: string | null) =>
    readings.find((r) => r.criterion === criterion.name && r.cohort === cohort);
  const complete = of.criteria.every((criterion) =>
    cohorts.every((cohort) => rangeOf(criterion, readingIn(recorded, criterion, cohort), '')),
  );
  const during = complete ? [] : await duringRollout(db, row, of);
  return {
    cohorts,
    needed: (cohort) => row.cohorts.length > 0 || cohort === null,
    range: (criterion, cohort, unit) =>
      rangeOf(criterion, readingIn(recorded, criterion, cohort), 'the snapshot') ??
      // With a share of the traffic the version had a share of the events a second.
      (criterion.measure === 'rate'
        ? null
        : rangeOf(
            criterion,
            readingIn(during, criterion, cohort),
            `${of.version} during the rollout, for the snapshot has no readings`,
          )) ??
      thresholdOf(criterion, unit),
  };
}

/** Of the snapshot that is restored; cohorts that are taken back have none of their own: of the one before the start. */
async function recordedReadings(db: Db, row: Row): Promise<CriterionReading[]> {
  const which =
    row.target !== null
      ? eq(snapshot.id, row.target)
      : row.rolloutId !== null
        ? and(eq(snapshot.rolloutId, row.rolloutId), eq(snapshot.cause, 'start'))
        : null;
  if (!which) return [];
  const [found] = await db
    .select({ body: snapshot.body })
    .from(snapshot)
    .where(which)
    .orderBy(asc(snapshot.takenAt))
    .limit(1);
  return found?.body.criteria ?? [];
}

/** Cohorts that had what is taken back; "*" is everybody, which is looked at anyway. */
async function exposedOf(db: Db, row: Row): Promise<string[]> {
  if (row.rolloutId === null) return [];
  const [of] = await db
    .select({ plan: rollout.plan, stage: rollout.stage, withdrawn: rollout.withdrawn })
    .from(rollout)
    .where(eq(rollout.id, row.rolloutId));
  return of ? exposedCohorts(of.plan, of.stage, of.withdrawn).filter((cohort) => cohort !== '*') : [];
}

async function duringRollout(
  db: Db,
  row: Row,
  { criteria, version }: { criteria: Criterion[]; version: string },
): Promise<CriterionReading[]> {
  if (row.rolloutId === null) return [];
  const [of] = await db.select({ startedAt: rollout.startedAt }).from(rollout).where(eq(rollout.id, row.rolloutId));
  const to = row.decidedAt.getTime();
  const from = Math.max(of?.startedAt?.getTime() ?? to, to - usualMs);
  return readStretch(db, {
    feature: row.featureKey,
    environment: row.environment,
    plan: { criteria },
    version,
    from,
    to,
  });
}

type Finding = {
  criterion: Criterion;
  cohort: string | null;
  range: Range | null;
  returned: Returned;
};

function findingOf(
  criterion: Criterion,
  cohort: string | null,
  at: { stretch: Stretch | undefined; usual: Usual; from: number; until: number },
): Finding[] {
  const unit = at.stretch?.unit ?? '';
  const usual = at.usual.range(criterion, cohort, unit);
  const range = usual && (at.stretch ? inUnit(usual, unit) : usual);
  if (!range && !at.usual.needed(cohort)) return [];
  const known = range ? returned(criterion, range, at.stretch?.windows ?? [], at) : ({ kind: 'silent' } as const);
  // A cohort that nobody is in at the moment is left to the whole.
  if (known.kind === 'silent' && !at.usual.needed(cohort)) return [];
  return [{ criterion, cohort, range, returned: known }];
}

function resultOf(findings: Finding[], at: { sinceMs: number; from: number; now: number }): TaskResult {
  const open = findings.filter((f) => f.returned.kind !== 'back');
  const [first] = open;
  if (!first) return { kind: 'done', detail: `Back in their range: ${findings.map(sentence).join('; ')}` };
  const detail = open.map(sentence).join('; ');
  if (at.sinceMs > backWithinMs)
    return { kind: 'failed', detail, next: [...new Set(open.map(whatNext))].join('. '), retryAfterMs: againMs };
  if (open.every((f) => f.returned.kind === 'too_early')) {
    const readableAt = at.from + 2 * windowMs + lateMs;
    return { kind: 'wait', detail: 'Waits for two windows of 30 s', afterMs: Math.max(250, readableAt - at.now) };
  }
  return { kind: 'wait', detail, afterMs: againMs };
}

const named = ({ criterion, cohort }: Finding) => (cohort === null ? criterion.name : `${criterion.name} in ${cohort}`);

function sentence(finding: Finding): string {
  const { criterion, range, returned: found } = finding;
  if (!range) return `${named(finding)}: nothing says what is usual`;
  const bound = `${criterion.better === 'lower' ? 'at most' : 'at least'} ${told(criterion, range.worst, range.unit)}, from ${range.from}`;
  switch (found.kind) {
    case 'back':
    case 'not_yet':
      return `${named(finding)} is ${found.value === null ? 'silent' : told(criterion, found.value, range.unit)} (${bound})`;
    case 'too_early':
      return `${named(finding)} waits for two windows of 30 s (${bound})`;
    case 'silent':
      return `${named(finding)}: nothing shows it, no telemetry arrives (${bound})`;
  }
}

function whatNext({ range, returned: found, criterion }: Finding): string {
  if (!range)
    return `Look at ${criterion.name} yourself and acknowledge what you find: nothing was recorded to compare with`;
  if (found.kind === 'silent' || found.kind === 'too_early')
    return `Find out why no telemetry of ${criterion.name} arrives, or look for yourself and acknowledge`;
  return `The known-good version is served and ${criterion.name} is still worse: look for a cause that the rollback could not take back (data, a dependency, load)`;
}

/** As people read it; the pages have charts. */
function told(criterion: Criterion, value: number, unit: string): string {
  const short = (v: number) => String(Number(v.toPrecision(3)));
  switch (criterion.measure) {
    case 'share':
    case 'ratio':
      return `${short(100 * value)} %`;
    case 'rate':
      return `${short(value)}/s`;
    case 'burn_rate':
      return `${short(value)}×`;
    default:
      return unit === '' || unit === '1' ? short(value) : `${short(value)} ${unit}`;
  }
}
