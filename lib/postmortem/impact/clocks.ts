/** How long it took from one milestone to the next, against the objectives of the drill. Pure. */
import type { Clock } from '@/lib/drill/model';
import type { Facts } from '../facts';
import type { Figure, Milestone, MilestoneName } from '../model';
import { clockId } from './figure-id';
import { type Onset, sinceOnset } from './onset';

const spans = [
  ['detect', 'onset', 'detected', 'From the onset to the first failing verdict'],
  ['decide', 'detected', 'decided', 'From the first failing verdict to the order to roll back'],
  ['actuate', 'decided', 'acted', 'From the order to when the flags were switched'],
  ['propagate', 'acted', 'propagated', 'From the switch to when nobody was served the candidate'],
  ['recover', 'propagated', 'recovered', 'From then to when the criteria were back in their recorded range'],
] as const;

export function clocksOf(facts: Facts, milestones: readonly Milestone[], onset: Onset | null): Figure[] {
  return spans.map(([name, from, to, method]) => {
    const recorded = facts.run?.clocks.find((c) => c.name === name);
    const figure = recorded ? ofRun(recorded, method) : between(facts, milestones, { name, from, to, method });
    return name === 'detect' && !facts.run ? uncertain(milestones, onset, figure) : figure;
  });
}

const labels = { detect: 'Detect', decide: 'Decide', actuate: 'Actuate', propagate: 'Propagate', recover: 'Recover' };
const met = (ms: number | null, objectiveMs: number | null): string | null =>
  ms === null || objectiveMs === null ? null : ms <= objectiveMs ? 'yes' : 'no';

type Of = { name: keyof typeof labels; from: MilestoneName; to: MilestoneName; method: string };

function between(facts: Facts, milestones: readonly Milestone[], { name, from, to, method }: Of): Figure {
  const [start, end] = [from, to].map((of) => milestones.find((m) => m.name === of));
  const objectiveMs = facts.objectives?.[`${name}Ms`] ?? null;
  const missing = [start, end].filter((m) => !m?.at).map((m) => m?.why ?? 'nothing says when');
  const ms = start?.at && end?.at ? Date.parse(end.at) - Date.parse(start.at) : null;
  const backwards = ms !== null && ms < 0;
  const known = ms !== null && !backwards;
  return {
    id: clockId(name),
    label: labels[name],
    state: known ? 'known' : 'unknown',
    value: known ? ms : null,
    unit: 'ms',
    low: null,
    high: null,
    level: null,
    why: backwards ? 'Its end was recorded before its beginning: the clocks disagree' : missing.join('; '),
    method,
    inputs: {
      from: start?.at ?? null,
      to: end?.at ?? null,
      objectiveMs,
      met: known ? met(ms, objectiveMs) : null,
    },
    sources: [
      ...(start?.sources ?? []),
      ...(end?.sources ?? []),
      ...(objectiveMs === null ? [] : [{ kind: 'evidence', id: 'objectives' } as const]),
    ],
  };
}

/** As uncertain as the onset is. */
function uncertain(milestones: readonly Milestone[], onset: Onset | null, figure: Figure): Figure {
  const detected = milestones.find((m) => m.name === 'detected')?.at ?? null;
  if (figure.value === null || detected === null) return figure;
  return { ...figure, ...sinceOnset(onset, Date.parse(detected)) };
}

const whys: Record<Clock['state'], string> = {
  recorded: '',
  pending: 'It never came to an end',
  not_applicable: 'It is not applicable to this drill',
  invalid: 'Its end was recorded before its beginning: the clocks disagree',
};

function ofRun(clock: Clock, method: string): Figure {
  const known = clock.state === 'recorded' && clock.ms !== null;
  const { corrected } = clock;
  return {
    id: clockId(clock.name),
    label: labels[clock.name],
    state: known ? 'known' : 'unknown',
    value: known ? clock.ms : null,
    unit: 'ms',
    low: null,
    high: null,
    level: null,
    why: corrected
      ? [whys[clock.state], `corrected by ${corrected.by}: ${corrected.reason}`].filter(Boolean).join('; ')
      : whys[clock.state],
    method,
    inputs: {
      from: clock.from,
      to: clock.to,
      objectiveMs: clock.objectiveMs,
      met: known ? met(clock.ms, clock.objectiveMs) : null,
      recordedFrom: corrected?.from ?? clock.from,
      recordedTo: corrected?.to ?? clock.to,
    },
    sources: [{ kind: 'evidence', id: 'run' }],
  };
}
