/** What a reader sees who asks where something is from: one card for each event, figure and piece of evidence. Pure. */

import { eventWords } from '@/app/ui/event/words';
import { visible } from '@/app/ui/text/name';
import { actionWords } from '@/app/ui/text/words';
import type { Facts } from '@/lib/postmortem/facts';
import type { CitedSource } from '@/lib/postmortem/hand-out/reference';
import type { Report } from '@/lib/postmortem/hand-out/report';
import type { Figure } from '@/lib/postmortem/model';
import { sourceKey } from '@/lib/postmortem/source-model';
import { figureNumber, figureRange, lasted } from './words';

export type Row = { label: string; text: string };
export type Card = {
  key: string;
  /** its short name on paper: `e123`, `f:impact/errors`, `x2` */
  ref: string;
  kind: 'Event' | 'Figure' | 'Evidence';
  title: string;
  at: string | null;
  hash: string | null;
  rows: Row[];
  /** as it was recorded; empty: nothing beyond the rows */
  raw: string;
  href: string | null;
  /** keys of what it rests on itself */
  from: string[];
};

const most = { raw: 1_500, withRaw: 300, rows: 24, text: 400 };
const cut = (text: string, to = most.text): string => (text.length > to ? `${text.slice(0, to - 1)}…` : text);
const row = (label: string, text: string): Row => ({ label: visible(label), text: visible(cut(text)) });

export function cardsOf(report: Pick<Report, 'sources' | 'figures' | 'facts'>): Card[] {
  return report.sources.map((cited, i) => cardOf(cited, report, i < most.withRaw));
}

function cardOf(cited: CitedSource, { figures, facts }: Pick<Report, 'figures' | 'facts'>, withRaw: boolean): Card {
  const { source, ref, title, at, hash } = cited;
  const blank = {
    key: sourceKey(source),
    ref,
    title: visible(title),
    at,
    hash,
    rows: [],
    raw: '',
    href: null,
    from: [],
  };
  if (source.kind === 'event') return { ...blank, kind: 'Event', ...eventCard(source.seq, facts, withRaw) };
  if (source.kind === 'evidence') return { ...blank, kind: 'Evidence', ...pieceCard(source.id, facts) };
  const figure = figures.find(({ id }) => id === source.id);
  return { ...blank, kind: 'Figure', ...(figure ? figureCard(figure) : {}) };
}

function eventCard(seq: number, facts: Facts | null, withRaw: boolean): Partial<Card> {
  const event = facts?.events.find((e) => e.seq === seq);
  const href = `/history?before=${seq + 1}#event-${seq}`;
  if (!event) return { title: `Event ${seq} of the history`, href };
  const raw = withRaw && Object.keys(event.data).length > 0 ? cut(JSON.stringify(event.data, null, 1), most.raw) : '';
  const by = event.actor.kind === 'rule' ? `Belay, by the rule ${event.actor.name}` : event.actor.name;
  return {
    title: eventWords[event.kind]?.label ?? event.kind,
    rows: [row('It says', event.reason), row('By', by), row('Place in the history', `event ${seq}`)],
    raw: visible2(raw),
    href,
  };
}

/** Line breaks of a raw text stay. */
const visible2 = (text: string): string => text.split('\n').map(visible).join('\n');

/** What the formula's letters and the rest of the inputs are called. */
const inputWords: Record<string, string> = {
  criterion: 'Criterion',
  metric: 'Metric',
  cohort: 'Cohort',
  from: 'Counted from',
  to: 'Counted to',
  k1: 'Candidate, counted (k₁)',
  n1: 'Candidate, all (n₁)',
  k0: 'Baseline, counted (k₀)',
  n0: 'Baseline, all (n₀)',
  expected: 'Expected at the baseline’s rate',
  strata: 'Cohorts and spans compared',
  uncompared: 'Requests without a baseline beside them',
  boundary: 'Boundary',
  boundaryUnit: 'Unit of the boundary',
  sameAs: 'Counts the same events as',
  objectiveMs: 'Objective',
  ofRequests: 'Of the candidate’s requests',
};

function inputText(key: string, value: number | string): string {
  if (typeof value === 'string') return value;
  if (key === 'objectiveMs' || key === 'stratumMs') return lasted(value);
  if (key === 'ofRequests') return figureNumber('share', value);
  return Number.isInteger(value) ? value.toLocaleString('en-GB') : String(Number(value.toPrecision(6)));
}

function figureCard(figure: Figure): Partial<Card> {
  const range = figureRange(figure);
  const level = figure.level === null ? '' : `${100 * figure.level}\u202f% `;
  const inputs = Object.entries(figure.inputs).filter(
    (pair): pair is [string, number | string] =>
      pair[1] !== null && pair[1] !== '' && inputWords[pair[0]] !== undefined,
  );
  const rest = Object.entries(figure.inputs).filter(([key, value]) => value !== null && inputWords[key] === undefined);
  return {
    title: visible(figure.label),
    rows: [
      row('Value', figure.value === null ? `Not known: ${figure.why}` : figureNumber(figure.unit, figure.value)),
      ...(range === null ? [] : [row(`${level}interval`, range)]),
      ...(figure.value !== null && figure.why !== '' ? [row('Note', figure.why)] : []),
      row('How it is computed', figure.method),
      ...inputs.map(([key, value]) => row(inputWords[key] ?? key, inputText(key, value))),
    ].slice(0, most.rows),
    raw: rest.length === 0 ? '' : rest.map(([key, value]) => `${visible(key)} = ${visible(String(value))}`).join('\n'),
    from: figure.sources.map(sourceKey),
  };
}

function pieceCard(id: string, facts: Facts | null): Partial<Card> {
  if (!facts) return { rows: [row('Evidence', 'It could not be read just now')] };
  const slash = id.indexOf('/');
  const [kind, name] = slash < 0 ? [id, ''] : [id.slice(0, slash), id.slice(slash + 1)];
  return pieces[kind]?.(facts, name) ?? {};
}

const pieces: Record<string, (facts: Facts, name: string) => Partial<Card>> = {
  stretch: (facts) => ({
    title: 'Everything recorded in this stretch',
    rows: [
      row('From', facts.from),
      row('To', facts.to),
      row('Events', String(facts.events.length)),
      row('Decisions', String(facts.decisions.length)),
      row('Criteria measured', facts.measured.map(({ criterion }) => criterion.name).join(', ') || 'none'),
    ],
  }),
  plan: ({ plan }) => ({
    title: 'The plan of the rollout, as it was',
    rows: plan
      ? [
          row('Versions', `${plan.baseline} → ${plan.candidate}`),
          row('Stages', plan.stages.map((s) => s.name).join(', ')),
          row('Criteria', plan.criteria.map((c) => `${c.name} (${c.kind})`).join(', ')),
        ]
      : [],
  }),
  rollout: ({ rollout }) => ({
    title: 'The rollout, as it was',
    rows: rollout ? [row('State', rollout.state), row('Owner', rollout.owner)] : [],
    at: rollout?.startedAt ?? null,
    href: rollout ? `/rollouts/${rollout.id}` : null,
  }),
  rollback: ({ rollback }) => ({
    title: 'The rollback, step by step, as it was',
    at: rollback?.decidedAt ?? null,
    rows: rollback
      ? [
          row('State', rollback.state),
          ...rollback.steps.map((s) => row(s.title, s.detail ? `${s.state}: ${s.detail}` : s.state)),
        ].slice(0, most.rows)
      : [],
    href: rollback ? `/rollbacks/${rollback.id}` : null,
  }),
  run: ({ run }) => ({
    title: 'The run of the drill, as it was',
    at: run?.startedAt ?? null,
    rows: run
      ? [
          row('State', run.state),
          row('Why', run.why),
          ...run.clocks.map((c) =>
            row(
              c.name,
              `${c.ms === null ? c.state.replace('_', ' ') : lasted(c.ms)}${c.objectiveMs === null ? '' : `, objective ${lasted(c.objectiveMs)}`}`,
            ),
          ),
          ...(run.proof
            ? [row('Proof of return', run.proof.detail || (run.proof.restored ? 'proven' : 'not proven'))]
            : []),
        ]
      : [],
    href: run ? `/drills/runs/${run.id}` : null,
  }),
  decision: ({ decisions }, name) => {
    const found = decisions.find(({ id }) => id === name);
    if (!found) return {};
    const failed = found.evidence?.outcomes.filter((o) => o.outcome === 'fail') ?? [];
    return {
      title: `Decision: ${actionWords[found.action]?.did ?? found.action}`,
      at: found.at,
      rows: [
        row('Why', found.reason),
        row('By', found.actor.name),
        ...failed.map((o) =>
          row(
            `${o.criterion}${o.cohort === null ? '' : ` in ${o.cohort}`}`,
            'failed in the evidence that it rested on',
          ),
        ),
      ].slice(0, most.rows),
      href: `/rollouts/${found.rolloutId}`,
    };
  },
  snapshot: ({ snapshots }, name) => {
    const found = snapshots.find(({ id }) => id === name);
    return found
      ? {
          title: 'Snapshot of the known-good state',
          at: found.takenAt,
          hash: found.digest,
          rows: [row('Taken because of', found.cause), row('By', found.by), row('Baseline', found.body.flags.baseline)],
        }
      : {};
  },
  measured: ({ measured, candidate, baseline }, name) => {
    const found = measured.find(({ criterion }) => criterion.name === name);
    if (!found) return {};
    const sum = (version: string | null, what: 'n' | 'k') =>
      found.cells.filter((c) => c.version === version).reduce((all, c) => all + (c[what] ?? 0), 0);
    const one = (version: string | null) =>
      found.cells.some((c) => c.k !== undefined)
        ? `${sum(version, 'k').toLocaleString('en-GB')} of ${sum(version, 'n').toLocaleString('en-GB')}`
        : sum(version, 'n').toLocaleString('en-GB');
    return {
      title: `What was counted for “${visible(name)}”`,
      rows: [
        row('Metric', found.criterion.metric),
        row('Measure', found.criterion.measure),
        row('Cells', `${found.cells.length} of ${lasted(found.stepMs)}, by version and cohort`),
        ...(baseline === null ? [] : [row(baseline, one(baseline))]),
        ...(candidate === null ? [] : [row(candidate, one(candidate))]),
        ...(found.missing === '' ? [] : [row('Missing', found.missing)]),
      ],
    };
  },
  comparison: ({ comparison }) => ({
    title: 'The known-good state against the one that was taken back',
    rows:
      comparison === null || comparison.differences.length === 0
        ? [row('Differences', comparison === null ? 'not known' : 'none: the two are the same')]
        : comparison.differences.slice(0, most.rows).map((d) => row(d.path, `${short(d.from)} → ${short(d.to)}`)),
  }),
  lastDrill: ({ lastDrill }) => ({
    title: 'The last proven rehearsal',
    at: lastDrill?.endedAt ?? null,
    rows: (lastDrill?.clocks ?? []).map((c) => row(c.name, c.ms === null ? 'not recorded' : lasted(c.ms))),
    href: lastDrill ? `/drills/runs/${lastDrill.runId}` : null,
  }),
  objectives: ({ objectives }) => ({
    title: 'The objectives of the feature’s drill',
    rows: Object.entries(objectives ?? {}).map(([key, ms]) =>
      row(key.replace(/Ms$/, ''), ms === null ? 'none set' : lasted(ms)),
    ),
  }),
  finding: ({ findings }, name) => {
    const found = findings[Number(name)];
    return found
      ? {
          title: 'Finding in the telemetry',
          at: found.firstAt,
          rows: [row('It says', found.detail), row('Metric', found.metric)],
        }
      : {};
  },
  deployment: ({ deployments }, name) => {
    const found = deployments[Number(name)];
    return found
      ? {
          title: 'Seen in telemetry for the first time',
          at: found.at,
          rows: [row(found.attribute, found.value), ...(found.version === null ? [] : [row('Only of', found.version)])],
        }
      : {};
  },
  missing: ({ missing }, name) => ({ title: 'What is missing', rows: [row('It says', missing[Number(name)] ?? '')] }),
};

const short = (value: unknown): string => cut(value === undefined ? 'nothing' : JSON.stringify(value), 120);
