/** What happened, in order: events, detections, steps of the rollback, milestones. Pure. */
import type { EventKind, EventView } from '@/lib/event/model';
import { type Milestone, type MilestoneName, milestoneNames, type Source, type TimelineEntry } from '../model';
import { plain } from './sentence';
import { event, evidence } from './sources';
import { compared, criterionNamed, deciding, name, type Told } from './words';

type Tone = TimelineEntry['tone'];
const tones: Partial<Record<EventKind, Tone>> = {
  'rollout.rolling_back': 'bad',
  'rollout.cohort_withdrawn': 'bad',
  'rollout.held': 'warn',
  'rollout.rolled_back': 'good',
  'rollout.completed': 'good',
  'rollback.verified': 'good',
  'rollback.unconfirmed': 'bad',
  'rollback.fallback_tried': 'warn',
  'rollback.cap_reached': 'warn',
  'migration.failed': 'bad',
  'migration.left': 'warn',
  'plane.conflict': 'warn',
  'notice.failed': 'warn',
  'telemetry.finding': 'warn',
  'approval.refused': 'warn',
  'automation.stopped': 'warn',
  'drill.failed': 'bad',
  'drill.detected': 'bad',
  'drill.restored': 'good',
  'drill.aborted': 'warn',
  'drill.interrupted': 'warn',
  'drill.expired': 'warn',
  'feature.killed': 'bad',
};
/** By itself no turn of the story. */
const minor: ReadonlySet<EventKind> = new Set<EventKind>([
  'rollout.created',
  'rollout.edited',
  'snapshot.taken',
  'plane.ordered',
  'plane.confirmed',
  'migration.ordered',
  'rollout.explained',
  'verdict.changed',
  'feature.created',
  'drill.created',
  'drill.changed',
  'drill.paused',
  'drill.resumed',
  'drill.skipped',
  'runbook.changed',
  'cohort.changed',
  'notice.retried',
  'rollback.ticked',
]);

const whoOf = ({ actor }: Pick<EventView, 'actor'>): string =>
  actor.kind === 'rule' ? `Belay (${name(actor.name)})` : name(actor.name);

type Stage = { before?: number; after?: number; name?: string | null };
type Say = (e: EventView, told: Told) => string;
const stageOf = (e: EventView): string => {
  const found = (e.data.stage as Stage | undefined)?.name;
  return found ? `stage ${name(found)}` : 'the next stage';
};
const candidate = ({ facts }: Told): string => name(facts.candidate ?? 'the candidate');
const because = (e: EventView): string => (e.reason ? `: ${plain(e.reason, 300)}` : '');

const says: Partial<Record<EventKind, Say>> = {
  'rollout.started': (e, told) => `The rollout of ${candidate(told)} starts at ${stageOf(e)}${because(e)}`,
  'rollout.widened': (e) => `The rollout widens to ${stageOf(e)}${because(e)}`,
  'rollout.held': (e) => `The rollout is held${because(e)}`,
  'rollout.resumed': (e) => `The rollout goes on${because(e)}`,
  'rollout.rolling_back': (e, told) => `${candidate(told)} is taken back${because(e)}`,
  'rollout.cohort_withdrawn': (e, told) => {
    const cohorts = Array.isArray(e.data.cohorts) ? e.data.cohorts.map((c) => name(String(c))).join(', ') : 'a cohort';
    return `${candidate(told)} is taken back from ${cohorts}${because(e)}`;
  },
  'rollout.rolled_back': () => 'The rollout exposes nobody any more',
  'rollback.unconfirmed': (e) => `The rollback is not confirmed${because(e)}`,
  'rollback.acknowledged': (e) => `A person takes the unconfirmed rollback over${because(e)}`,
  'rollback.ticked': (e) => `A step is ticked${because(e)}`,
  'rollback.retried': (e) => `Steps are tried again${because(e)}`,
  'configuration.changed': (e) => `The configuration is changed${because(e)}`,
  'approval.given': (e) => `An approval is given${because(e)}`,
  'approval.requested': (e) => `An approval is asked for${because(e)}`,
  'snapshot.taken': () => 'The state is recorded',
  'verdict.changed': (e) =>
    `The verdict turns to ${name(String(e.data.after ?? '?')).replaceAll('_', ' ')}${because(e)}`,
  'telemetry.finding': (e) => `Telemetry is not sound${because(e)}`,
};

export function timelineOf(told: Told): TimelineEntry[] {
  const { facts } = told;
  const entries = [
    ...facts.events.map((e) => ofEvent(told, e)),
    ...detections(told),
    ...steps(told),
    ...lines(told),
    ...deployments(told),
  ].filter(({ at }) => at >= facts.from && at <= facts.to);
  return inOrder(withMilestones(told, entries));
}

const seqOf = ({ id }: TimelineEntry): number | null =>
  id.startsWith('event/') ? Number(id.slice('event/'.length)) : null;

/** A moment that no event tells of comes right after those at the same instant that it follows from. */
function orderOf(entry: TimelineEntry, all: readonly TimelineEntry[]): number {
  const { id, at, milestone: what } = entry;
  const seq = seqOf(entry);
  if (seq !== null) return seq;
  if (!id.startsWith('milestone/') || what === null) return 1;
  const earlier = milestoneNames.slice(0, milestoneNames.indexOf(what));
  const before = all.filter((e) => e.at === at && e.milestone !== null && earlier.includes(e.milestone));
  return Math.max(0, ...before.map((e) => (seqOf(e) ?? 0) + 0.5));
}
function inOrder(all: TimelineEntry[]): TimelineEntry[] {
  const ordered = all.map((entry) => ({ entry, at: Date.parse(entry.at), order: orderOf(entry, all) }));
  ordered.sort((a, b) => a.at - b.at || a.order - b.order || (a.entry.id < b.entry.id ? -1 : 1));
  return ordered.map(({ entry }) => entry);
}

function ofEvent(told: Told, e: EventView): TimelineEntry {
  const turned = e.kind === 'verdict.changed' && e.data.after === 'roll_back';
  return {
    id: `event/${e.seq}`,
    at: e.at,
    text: plain(says[e.kind]?.(e, told) ?? e.reason ?? e.kind),
    tone: turned ? 'bad' : (tones[e.kind] ?? 'plain'),
    who: whoOf(e),
    sources: [event(e.seq)],
    milestone: null,
    minor: minor.has(e.kind) && !turned,
  };
}

/** What failed when something was decided, criterion by criterion. */
function detections(told: Told): TimelineEntry[] {
  const found = new Map<string, TimelineEntry>();
  for (const decision of told.facts.decisions)
    for (const outcome of decision.evidence?.outcomes ?? []) {
      const criterion = criterionNamed(told, outcome.criterion);
      if (outcome.outcome !== 'fail' || !criterion || !decision.evidence) continue;
      const id = detectionId(outcome.criterion, outcome.cohort);
      if (found.has(id)) continue;
      const where = outcome.cohort === null ? '' : ` in ${name(outcome.cohort)}`;
      const how = compared(told.facts, criterion, outcome);
      found.set(id, {
        id,
        at: decision.evidence.at,
        text: plain(`${criterion.name} fails${where}${how === '' ? '' : `: ${how}`}`),
        tone: 'bad',
        who: 'Belay (judge)',
        sources: [evidence(`decision/${decision.id}`)],
        milestone: null,
        minor: criterion.kind === 'diagnostic',
      });
    }
  return [...found.values()];
}

function steps({ facts }: Told): TimelineEntry[] {
  return (facts.rollback?.steps ?? []).flatMap((step): TimelineEntry[] => {
    const at = step.endedAt ?? (step.state === 'failed' ? step.startedAt : null);
    if (at === null || (step.state !== 'done' && step.state !== 'failed' && step.state !== 'left')) return [];
    const failed = step.state === 'failed';
    const state = failed ? 'failed' : step.state === 'left' ? 'left as it is' : 'done';
    return [
      {
        id: `step/${step.id}`,
        at,
        text: plain(`${step.title}: ${state}${step.detail ? ` (${plain(step.detail, 200)})` : ''}`),
        tone: failed ? 'bad' : 'plain',
        who: step.owner ? name(step.owner) : 'Belay (rollback)',
        sources: [evidence('rollback')],
        milestone: null,
        minor: !failed,
      },
    ];
  });
}

/** A run tells of itself line by line; most of it stands in the history too. */
function lines({ facts }: Told): TimelineEntry[] {
  return (facts.run?.log ?? []).map(({ at, text }, i) => ({
    id: `line/${i}`,
    at,
    text: plain(text),
    tone: 'plain' as const,
    who: 'Belay (drill)',
    sources: [evidence('run')],
    milestone: null,
    minor: true,
  }));
}

function deployments({ facts }: Told): TimelineEntry[] {
  return facts.deployments.map(({ at, attribute, value, version }, i) => ({
    id: `deployment/${i}`,
    at,
    text: plain(
      `Telemetry shows ${name(attribute)} ${name(value)} for the first time${version === null ? '' : ` (${name(version)})`}`,
    ),
    tone: 'warn' as const,
    who: 'Telemetry',
    sources: [evidence(`deployment/${i}`)],
    milestone: null,
    minor: false,
  }));
}

const milestoneTexts: Record<MilestoneName, string> = {
  started: 'It begins',
  onset: 'The candidate begins to do worse than the baseline',
  detected: 'Noticed',
  decided: 'Decided',
  acted: 'The flags are switched back',
  propagated: 'Telemetry shows nobody on the candidate any more',
  recovered: 'The return is proven',
};

/** A milestone marks the entry that it rests on; where there is none at that moment it is an entry of its own. */
function withMilestones(told: Told, entries: TimelineEntry[]): TimelineEntry[] {
  const all = [...entries];
  const of = deciding(told);
  const detection = of && detectionId(of.criterion.name, of.cohort);
  const fits = (entry: TimelineEntry, { name: what }: Milestone) =>
    entry.id === detection
      ? what === 'detected'
        ? 3
        : 0
      : entry.id.startsWith('detection/')
        ? 0
        : entry.minor
          ? 1
          : 2;
  for (const milestone of told.milestones) {
    const { name: what, at, sources } = milestone;
    if (at === null || sources.length === 0) continue;
    const [best] = all
      .map((entry, i) => ({ entry, i }))
      .filter(({ entry }) => entry.milestone === null && fits(entry, milestone) > 0)
      .filter(
        ({ entry }) => Math.abs(Date.parse(entry.at) - Date.parse(at)) < 1_000 && entry.sources.some(isOneOf(sources)),
      )
      .sort((a, b) => fits(b.entry, milestone) - fits(a.entry, milestone));
    if (best) all[best.i] = { ...best.entry, milestone: what, minor: false };
    else all.push(alone(what, at, sources));
  }
  return all;
}

const detectionId = (criterion: string, cohort: string | null): string =>
  `detection/${criterion}${cohort === null ? '' : `/${cohort}`}`;

const isOneOf = (sources: readonly Source[]) => (a: Source) =>
  sources.some((b) => JSON.stringify(a) === JSON.stringify(b));

const alone = (of: MilestoneName, at: string, sources: Source[]): TimelineEntry => ({
  id: `milestone/${of}`,
  at,
  text: milestoneTexts[of],
  tone: of === 'onset' || of === 'detected' ? 'bad' : of === 'recovered' || of === 'propagated' ? 'good' : 'plain',
  who: 'Belay',
  sources,
  milestone: of,
  minor: false,
});
