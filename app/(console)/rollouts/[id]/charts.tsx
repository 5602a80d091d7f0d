/** Small multiples of all criteria, ready to draw, and the lane of events under them. */

import Link from 'next/link';
import chartStyles from '@/app/ui/chart/charts.module.css';
import { type Multiple, Multiples } from '@/app/ui/chart/multiples.client';
import { RangeToolbar } from '@/app/ui/chart/range.client';
import { criterionRule, criterionScale } from '@/app/ui/criterion/effect';
import { eventWords } from '@/app/ui/event/words';
import { OutcomeBadge } from '@/app/ui/page/badge';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { Retry } from '@/app/ui/page/retry.client';
import { visible } from '@/app/ui/text/name';
import { bandOf } from '@/lib/chart/band';
import { readyChart } from '@/lib/chart/chart';
import { formatDuration } from '@/lib/chart/format';
import { toMarks } from '@/lib/chart/lane';
import type { Line } from '@/lib/chart/model';
import type { Zone } from '@/lib/chart/time';
import type { Criterion } from '@/lib/criterion/model';
import type { RolloutView, Verdict } from '@/lib/rollout/model';
import { rowsOf } from './criteria';
import type { Drawing, Evidence } from './evidence';

export function Charts({
  rollout,
  verdict,
  evidence,
  zone,
  query,
}: {
  rollout: RolloutView;
  verdict: Verdict | null;
  evidence: Evidence;
  zone: Zone;
  query: Record<string, string>;
}) {
  const { range } = evidence;
  const multiples = multiplesOf(rollout, verdict, evidence);
  const total = rollout.plan.criteria.length;
  const note =
    total > multiples.length
      ? `${multiples.length} of ${total} criteria · bands: where the candidate lies with confidence`
      : 'bands: where the candidate lies with confidence';
  return (
    <Panel title="Over time" id="charts" note={note} flush actions={<RangeToolbar range={range} />}>
      <CohortFilter rollout={rollout} verdict={verdict} chosen={evidence.cohort} query={query} />
      <Multiples
        multiples={multiples}
        marks={marksOf(evidence)}
        zone={zone}
        range={{ from: range.from, to: range.to }}
      />
    </Panel>
  );
}

/** What is worst first. */
export function multiplesOf(rollout: RolloutView, verdict: Verdict | null, drawing: Drawing): Multiple[] {
  const rank = rowsOf(rollout.plan, verdict).map((row) => row.criterion.name);
  return drawing.drawn
    .map((criterion, index) => ({ criterion, multiple: multipleOf(rollout, verdict, drawing, criterion, index) }))
    .sort((a, b) => rank.indexOf(a.criterion.name) - rank.indexOf(b.criterion.name))
    .map(({ multiple }) => multiple);
}

function multipleOf(
  rollout: RolloutView,
  verdict: Verdict | null,
  e: Drawing,
  criterion: Criterion,
  index: number,
): Multiple {
  const loaded = e.charts[index];
  const unit = (loaded?.ok ? loaded.value.unit : '') || (e.units[criterion.metric] ?? '');
  const scale = criterionScale(criterion, unit);
  const lines = versionsOf(rollout, loaded?.ok ? loaded.value.lines : []);
  const looks = e.looks.ok ? e.looks.value.filter((l) => l.criterion === criterion.name && l.cohort === e.cohort) : [];
  const kind =
    scale.against === 'threshold'
      ? 'threshold'
      : String(criterion.margin).endsWith('%') && criterion.measure !== 'burn_rate'
        ? 'relative'
        : 'absolute';
  const band = bandOf(looks, kind);
  const threshold = kind === 'threshold' ? (looks.findLast((l) => l.limit !== null)?.limit ?? null) : null;
  const chart = readyChart({
    id: `c${index}`,
    title: criterion.name,
    subtitle: criterionRule(criterion),
    scale: scale.value,
    lines,
    band,
    threshold,
    from: e.range.from,
    to: e.range.to,
    now: e.now,
    stepMs: loaded?.ok ? loaded.value.stepMs : 10_000,
    buckets: 240,
  });
  const outcome = verdict?.outcomes.find((o) => o.criterion === criterion.name && o.cohort === e.cohort);
  return {
    chart,
    badge: outcome ? <OutcomeBadge outcome={outcome.outcome} reason={outcome.reason} /> : null,
    state: stateOf(rollout, loaded, lines),
  };
}

/** Baseline first, then the candidate: a version keeps its colour whether or not it sends anything. */
function versionsOf(rollout: RolloutView, lines: Line[]): Line[] {
  return [rollout.plan.baseline, rollout.plan.candidate].map(
    (version) => lines.find((line) => line.version === version) ?? { version, points: [] },
  );
}

function stateOf(rollout: RolloutView, loaded: Evidence['charts'][number] | undefined, lines: Line[]): React.ReactNode {
  const box = (note: React.ReactNode) => <div className={chartStyles.state}>{note}</div>;
  if (loaded && !loaded.ok)
    return box(
      <StateNote state="error" action={<Retry />}>
        {loaded.message}
      </StateNote>,
    );
  const values = lines.flatMap((line) => line.points.filter(([, value]) => value !== null));
  if (values.length === 0) {
    if (rollout.state === 'draft') return box(<StateNote state="empty">Drawn once the rollout is started.</StateNote>);
    return box(<StateNote state="no_data">Neither version sent this metric in this range.</StateNote>);
  }
  return null;
}

/** Above the charts when what they show is old. */
export function StaleNote({ evidence, active }: { evidence: Evidence; active: boolean }) {
  if (!active || !evidence.fresh.ok || !evidence.fresh.value.lastAt) return null;
  const age = evidence.now - evidence.fresh.value.lastAt.getTime();
  if (age < 60_000) return null;
  return <StateNote state="stale">Nothing arrived for {formatDuration(age)}. What you see is from before.</StateNote>;
}

function marksOf(e: Evidence) {
  const events = e.events.ok ? e.events.value : [];
  const shown = events.filter((event) => event.kind !== 'verdict.changed' || events.length < 60);
  return toMarks(
    shown.map((event) => ({
      seq: event.seq,
      at: Date.parse(event.at),
      title: eventWords[event.kind].label,
      text: visible(event.reason),
      who: visible(event.actor.name),
      tone: eventWords[event.kind].tone,
    })),
    e.range,
  );
}

function CohortFilter(props: {
  rollout: RolloutView;
  verdict: Verdict | null;
  chosen: string | null;
  query: Record<string, string>;
}) {
  const cohorts = [
    ...new Set(props.verdict?.outcomes.flatMap((o) => (o.cohort === null ? [] : [o.cohort])) ?? []),
  ].slice(0, 24);
  if (cohorts.length === 0 && props.chosen === null) return null;
  const href = (cohort: string | null) => {
    const next = new URLSearchParams(props.query);
    next.delete('cohort');
    next.delete('cohorts');
    if (cohort === null) next.set('cohorts', 'all');
    else next.set('cohort', cohort);
    return `/rollouts/${props.rollout.id}?${next}`;
  };
  return (
    <nav className={chartStyles.cohorts} aria-label="Cohort of the charts">
      <span className="quiet small">Cohort</span>
      <Link href={href(null)} scroll={false} prefetch={false} aria-current={props.chosen === null ? 'true' : undefined}>
        all together
      </Link>
      {cohorts.map((cohort) => (
        <Link
          key={cohort}
          href={href(cohort)}
          scroll={false}
          prefetch={false}
          aria-current={props.chosen === cohort ? 'true' : undefined}
        >
          <bdi>{visible(cohort) || 'no cohort'}</bdi>
        </Link>
      ))}
    </nav>
  );
}
