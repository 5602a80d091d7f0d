/** What carries the excess, and what changed near its onset. A ranking of what was measured; it finds no cause. Pure. */
import type { Excess } from '@/lib/criterion/excess';
import type { EventKind, EventView } from '@/lib/event/model';
import type { ExcessView } from '@/lib/rollout/explain/excess';
import type { Measured } from '../facts';
import { decisionOf } from '../impact/decided';
import type { Candidate, NearChange, Sentence, Source } from '../model';
import { listed, said, sentence } from './sentence';
import { event, evidence } from './sources';
import { deciding, lasted, milestone, name, percent, quoted, type Told, within } from './words';

const perCriterion = 12;
const nearMs = { before: 60 * 60_000, after: 10 * 60_000 };
const mostChanges = 20;

/** Of the criterion that decided first; of the others where they are worse, or nothing decided. */
export function candidatesOf(told: Told): Candidate[] {
  const of = deciding(told)?.criterion.name;
  const worse = ({ excess }: Measured) => (excess?.total?.low ?? 0) > 0;
  const measured = told.facts.measured.filter((m) => m.excess?.total && (m.criterion.name === of || worse(m)));
  const first = (m: Measured) => (m.criterion.name === of ? 0 : 1);
  return measured.sort((a, b) => first(a) - first(b)).flatMap((m) => ofOne(told, m));
}

function ofOne(told: Told, { criterion, excess }: Measured): Candidate[] {
  const sources = [evidence(`measured/${criterion.name}`)];
  const made = (all: readonly Excess[], from: Source[], cohort: string | null = null) =>
    all
      .filter((e) => !e.goneHere && e.echoes?.same !== true)
      .map((e) => ({ ...candidateOf(criterion.name, e, from), cohort }));
  const own = made(excess?.values ?? [], sources);
  const kept = explained(told, criterion.name).flatMap((k) => made(k.values, [k.source], k.cohort));
  const same = (a: Candidate) => (b: Candidate) => a.key === b.key && a.value === b.value;
  const found = kept.filter((k) => !own.some((o) => o.clear && same(k)(o)));
  const all = [...own.filter((o) => !found.some(same(o))), ...found, ...made(excess?.cohorts ?? [], sources)];
  const rank = (c: Candidate) => (c.clear && !c.symptom ? 0 : c.symptom ? 2 : 1);
  return all.sort((a, b) => rank(a) - rank(b)).slice(0, perCriterion);
}

function candidateOf(criterion: string, e: Excess, sources: Source[]): Omit<Candidate, 'cohort'> {
  const { key, value, share, traffic, excess, low, high, clear, newHere, symptom } = e;
  return { criterion, key, value, share, traffic, excess, low, high, clear, newHere, symptom, sources };
}

type Explained = { cohort: string | null; values: Excess[]; source: Source };

/**
 * What was found right after a decision, in the data that it rested on, and stands in the history: instances, which are
 * told apart only then, and values that stood out in the place that failed and do not in the whole.
 */
function explained(told: Told, criterion: string): Explained[] {
  return told.facts.events.flatMap(({ kind, seq, data }) => {
    const kept = data.excess as Partial<ExcessView> | undefined;
    if (kind !== 'rollout.explained' || kept?.criterion !== criterion) return [];
    const values = [...(kept.values ?? []), ...(kept.instances ?? [])].filter((e) => e.clear);
    return [{ cohort: kept.cohort ?? null, values, source: event(seq) }];
  });
}

const kinds: Partial<Record<EventKind, NearChange['kind']>> = {
  'rollout.started': 'stage',
  'rollout.widened': 'stage',
  'rollout.completed': 'stage',
  'configuration.changed': 'configuration',
  'configuration.restored': 'configuration',
  'migration.applied': 'migration',
  'migration.reverted': 'migration',
  'migration.failed': 'migration',
  'override.set': 'override',
  'override.removed': 'override',
  'feature.changed': 'feature',
  'feature.killed': 'feature',
  'feature.revived': 'feature',
  'cohort.changed': 'feature',
  'snapshot.restored': 'rollback',
  'rollout.rolling_back': 'rollback',
  'rollout.cohort_withdrawn': 'rollback',
  'plane.changed': 'other',
  'plane.conflict': 'other',
  'settings.changed': 'other',
  'database.changed': 'other',
  'drill.injected': 'other',
};

export function onsetPoint(told: Told): { at: string; sources: Source[]; sure: boolean } | null {
  const onset = milestone(told, 'onset');
  if (onset?.at) return { at: onset.at, sources: onset.sources, sure: true };
  const detected = milestone(told, 'detected') ?? milestone(told, 'decided');
  return detected?.at ? { at: detected.at, sources: detected.sources, sure: false } : null;
}

/** Where Belay sends mail or links to changes nothing that users meet; how telemetry is read changes what is measured. */
const ofBelayOnly = ({ kind, data }: EventView): boolean => kind === 'settings.changed' && data.setting !== 'mapping';

/** Nearest first; what took the candidate back is no change that led to it. */
export function changesOf(told: Told): NearChange[] {
  const onset = onsetPoint(told);
  if (!onset) return [];
  const own = told.facts.rollback?.id;
  const offset = (at: string) => Date.parse(at) - Date.parse(onset.at);
  const changes = told.facts.events.flatMap((e): NearChange[] => {
    const kind = kinds[e.kind];
    if (!kind || ofBelayOnly(e) || (own !== undefined && e.data.rollbackId === own)) return [];
    return [{ at: e.at, kind, text: changeText(told, e), offsetMs: offset(e.at), sources: [event(e.seq)] }];
  });
  const deployed = told.facts.deployments.map(({ at, attribute, value, version }, i): NearChange => {
    const of = version === null ? '' : `, of ${name(version)} only`;
    const text = `Telemetry showed ${name(attribute)} ${name(value)} for the first time${of}`;
    return { at, kind: 'deployment', text, offsetMs: offset(at), sources: [evidence(`deployment/${i}`)] };
  });
  return [...changes, ...deployed]
    .filter(({ offsetMs }) => offsetMs >= -nearMs.before && offsetMs <= nearMs.after)
    .sort((a, b) => Math.abs(a.offsetMs) - Math.abs(b.offsetMs))
    .slice(0, mostChanges);
}

function changeText({ facts }: Told, { kind, reason, data, actor }: EventView): string {
  const stage = (data.stage as { name?: unknown } | undefined)?.name;
  const who = actor.kind === 'rule' ? 'Belay' : name(actor.name);
  if (kind === 'rollout.started')
    return `${who} started the rollout of ${name(facts.candidate ?? 'the candidate')}${typeof stage === 'string' ? `, stage ${quoted(stage)}` : ''}`;
  if (kind === 'rollout.widened') return `${who} widened to the stage ${typeof stage === 'string' ? name(stage) : '?'}`;
  return `${who}: ${name(reason)}`;
}

/** @param sure false: the onset is not known, and what is counted from is when it was noticed */
export const offsetWords = (ms: number, sure: boolean): string =>
  ms === 0
    ? sure
      ? 'at the onset'
      : 'when it was noticed'
    : `${lasted(ms)} ${ms < 0 ? 'before' : 'after'} ${sure ? 'the onset' : 'it was noticed'}`;

export const labelOf = ({ key, value }: Pick<Candidate, 'key' | 'value'>): string =>
  key === 'cohort'
    ? `the cohort ${value ? name(value) : '(none named)'}`
    : value === null
      ? `${name(key)} (not set)`
      : `${name(key)}=${name(value)}`;

export function causeSentences(told: Told, candidates: Candidate[], changes: NearChange[]): Sentence[] {
  const out = [...carried(told, candidates), ...near(told, changes)];
  const sources = told.facts.measured.map(({ criterion }) => evidence(`measured/${criterion.name}`));
  out.push(
    sentence(
      'causes/caveat',
      said(
        'This ranks what was measured and what was recorded',
        ...(sources.length > 0 ? sources : [evidence('stretch')]),
      ),
      '; it finds no cause. What carries the excess, or changed near its onset, need not have brought it about.',
    ),
  );
  return out;
}

function carried(told: Told, candidates: Candidate[]): Sentence[] {
  const of = deciding(told)?.criterion.name ?? candidates[0]?.criterion;
  const measured = told.facts.measured.find(({ criterion }) => criterion.name === of);
  if (!of || !measured) {
    const source = decisionOf(told.facts) ? evidence(`decision/${decisionOf(told.facts)?.id}`) : evidence('stretch');
    return [sentence('causes/none', said('No criterion failed', source), ', so there is no excess to tell apart.')];
  }
  const source = evidence(`measured/${of}`);
  if (!measured.excess?.total) {
    const why = measured.missing || 'this measure has no parts, or nothing could be compared';
    return [
      sentence(
        'causes/none',
        said(`What carries the excess of ${quoted(of)} is not known: ${within(why)}`, source),
        '.',
      ),
    ];
  }
  const own = candidates.filter((c) => c.criterion === of && !c.symptom);
  const clear = own.filter((c) => c.clear && c.key !== 'cohort');
  const out = clear.slice(0, 3).map((c, i) => carriedBy(c, i));
  if (out.length === 0)
    out.push(
      sentence(
        'causes/none',
        said(`No attribute value carries more of the excess of ${quoted(of)} than of the traffic`, source),
        ', beyond what chance explains: telemetry points to no single place.',
      ),
    );
  return [...out, ...cohortsOf(own, of, source), ...symptomsOf(candidates, of)];
}

function carriedBy(c: Candidate, i: number): Sentence {
  const traffic = c.traffic === null ? '' : `, and ${percent(c.traffic)} of the requests`;
  const also = i === 0 ? '' : ' also';
  const fresh = c.newHere ? ' Only the candidate has it, so there is nothing to compare it with.' : '';
  return sentence(
    `causes/${c.key}=${c.value}`.slice(0, 200),
    said(`${labelOf(c)}${also} carries ${shareOf(c)} of the excess of ${excessIn(c)}${traffic}`, ...c.sources),
    `.${fresh}`,
  );
}

/** `“errors”`, `“errors” in the cohort eu` */
export const excessIn = ({ criterion, cohort }: Candidate): string =>
  cohort === null ? quoted(criterion) : `${quoted(criterion)} in the cohort ${name(cohort)}`;

/** Over 100 %: the others are better than the baseline. */
export const shareOf = ({ share }: Candidate): string =>
  share === null ? 'a part' : share > 0.995 ? 'all' : percent(Math.round(share * 100) / 100);

function cohortsOf(own: Candidate[], of: string, source: Source): Sentence[] {
  const cohorts = own.filter((c) => c.key === 'cohort' && (c.share ?? 0) > 0.005);
  if (cohorts.length < 2) return [];
  const parts = cohorts.sort((a, b) => (b.share ?? 0) - (a.share ?? 0)).map((c) => `${labelOf(c)} ${shareOf(c)}`);
  return [
    sentence('causes/cohorts', 'By cohort, ', said(`${listed(parts)} of the excess of ${quoted(of)}`, source), '.'),
  ];
}

function symptomsOf(candidates: Candidate[], of: string): Sentence[] {
  const symptoms = candidates.filter((c) => c.criterion === of && c.symptom && c.excess > 0 && c.value !== null);
  const [first] = symptoms.sort((a, b) => b.excess - a.excess);
  if (!first) return [];
  return [
    sentence(
      'causes/symptom',
      'How they failed: ',
      said(`${labelOf(first)} is on ${shareOf(first)} of the excess`, ...first.sources),
      ', which names the failure and not where it comes from.',
    ),
  ];
}

function near(told: Told, changes: NearChange[]): Sentence[] {
  const onset = onsetPoint(told);
  if (!onset) return [];
  const point = onset.sure ? '' : ' (when it began is not known)';
  const before = onset.sure ? 'the onset' : 'it was noticed';
  const [first, ...rest] = changes.filter(({ offsetMs }) => offsetMs <= 0);
  if (!first)
    return [
      sentence(
        'causes/changes',
        said(`Belay recorded no change in the hour before ${before}`, ...onset.sources, evidence('stretch')),
        `${point}.`,
      ),
    ];
  const more = rest.length === 0 ? '' : `; ${rest.length} more ${rest.length === 1 ? 'is' : 'are'} listed below`;
  return [
    sentence(
      'causes/changes',
      'The nearest change before it: ',
      said(`${first.text}, ${offsetWords(first.offsetMs, onset.sure)}`, ...first.sources, ...onset.sources),
      `${point}${more}.`,
    ),
  ];
}
