import { decisionOf } from '../impact/decided';
import { budgetId, clockId, exposedId, impactId, uncomparedId } from '../impact/figure-id';
import { servedFrom } from '../impact/onset';
import type { Candidate, Figure, Milestone, Sentence, Source } from '../model';
import { labelOf, onsetPoint, shareOf } from './causes';
import { decisionSources } from './decision-sources';
import { drilled } from './drilled';
import { excessParts } from './excess-words';
import { standingOut } from './foremost';
import { listed, type Part, plain, said, sentence } from './sentence';
import { both, evidence, figure } from './sources';
import { proven, switched } from './way-back';
import {
  atClock,
  clock,
  compared,
  count,
  day,
  deciding,
  known,
  lasted,
  milestone,
  name,
  percent,
  plural,
  quoted,
  type Told,
  within,
} from './words';

export function summaryOf(told: Told, candidates: Candidate[]): Sentence[] {
  const { subject } = told.facts;
  const first =
    subject.kind === 'drill_run' ? drilled(told) : subject.kind === 'stretch' ? [named(told)] : [taken(told)];
  const measured = subject.kind === 'drill_run' ? [] : [touched(told), ...worse(told), noticed(told)];
  const all = [...first, ...measured, switched(told), proven(told), unknown(told, candidates)];
  return all.filter((s): s is Sentence => s !== null);
}

function taken(told: Told): Sentence | null {
  const { facts } = told;
  const { rollback } = facts;
  if (!rollback) return null;
  const decision = decisionOf(told.facts);
  const failed = deciding(told);
  const person = decision ? decision.actor.kind !== 'rule' : rollback.kind === 'restore';
  const who = person ? name(decision?.actor.name ?? rollback.by) : 'Belay';
  const { feature, environment } = facts.subject;
  const versions =
    facts.candidate === null ? '' : ` from ${name(facts.candidate)} to ${name(facts.baseline ?? 'the baseline')}`;
  const sources = decisionSources(told);
  return sentence(
    'summary/what',
    said(
      `On ${day(rollback.decidedAt)} at ${clock(rollback.decidedAt)} UTC ${who} took ${name(feature)} in ${name(environment)} back${versions}${forWhom(rollback.cohorts)}`,
      ...sources,
    ),
    ': ',
    failed && !person
      ? said(whyFailed(told, failed), ...sources)
      : said(`“${plain(decision?.reason ?? rollback.reason, 300)}”`, ...sources),
    '.',
  );
}

const forWhom = (cohorts: readonly string[]): string =>
  cohorts.length === 0
    ? ''
    : ` for the ${plural(cohorts.length, 'cohort')} ${listed(cohorts.map(name))}, while the rest went on`;

function whyFailed(told: Told, failed: NonNullable<ReturnType<typeof deciding>>): string {
  const where = failed.cohort === null ? '' : ` in the cohort ${name(failed.cohort)}`;
  const how = compared(told.facts, failed.criterion, failed.outcome);
  return `the ${failed.criterion.kind} ${quoted(failed.criterion.name)} had failed${where}${how === '' ? '' : ` (${how})`}`;
}

function named({ facts }: Told): Sentence {
  const { subject, from, to, events } = facts;
  return sentence(
    'summary/what',
    said(
      `This is about ${name(subject.feature)} in ${name(subject.environment)} from ${day(from)} ${clock(from)} to ${day(to)} ${clock(to)} UTC`,
      evidence('stretch'),
    ),
    `, a stretch that a person named; Belay recorded ${count(events.length)} ${plural(events.length, 'event')} of it.`,
  );
}

/** Figures of everybody, in the order in which they are told; those of a cohort stand in the table. */
export function whole({ figures, facts }: Told): Figure[] {
  const of = facts.measured.map(({ criterion }) => criterion.name);
  const ids = [
    ...(['requests', 'users', 'minutes'] as const).map((what) => exposedId(what)),
    ...of.flatMap((criterion) => [impactId(criterion), uncomparedId(criterion), budgetId(criterion)]),
  ];
  return ids.flatMap((id) => figures.find((f) => f.id === id) ?? []);
}

function touched(told: Told): Sentence | null {
  const requests = told.figures.find(({ id }) => id === exposedId('requests'));
  if (!requests) return null;
  const what = name(told.facts.candidate ?? 'the candidate');
  if (requests.value === null)
    return sentence(
      'summary/touched',
      said(`How many requests met ${what} is not known: ${within(plain(requests.why, 200))}`, figure(requests.id)),
      '.',
    );
  const cohorts = cohortsOf(told);
  const whom = cohorts.length > 0 ? ` of the ${plural(cohorts.length, 'cohort')} ${listed(cohorts.map(name))}` : '';
  const [onset, gone] = [milestone(told, 'onset'), milestone(told, 'propagated')];
  const from = Math.max(Date.parse(String(requests.inputs.from)), servedFrom(told.facts) ?? 0);
  return sentence(
    'summary/touched',
    said(
      `The candidate ${what} answered ${count(requests.value)} ${plural(requests.value, 'request')}${whom}`,
      figure(requests.id),
    ),
    said(
      ` from ${clock(new Date(from).toISOString())} UTC, ${onset?.at ? 'the earliest that it may have got worse' : 'where counting begins because it is not known when it got worse'}`,
      figure(requests.id),
      ...both(onset),
    ),
    ...until(told, gone),
  );
}

function until({ facts }: Told, gone: Milestone | null): Part[] {
  if (gone?.at)
    return [said(`, until ${clock(gone.at)} UTC, when telemetry showed nobody on it any more`, ...both(gone)), '.'];
  const ends = said(`, to ${clock(facts.to)} UTC, where this report ends`, evidence('stretch'));
  return [ends, facts.rollback ? '; nothing shows yet that nobody is on it any more.' : '.'];
}

/** Who met the candidate, as telemetry names them. */
function cohortsOf({ facts }: Told): string[] {
  const met = facts.measured.flatMap(({ cells }) => cells.filter((c) => c.version === facts.candidate && c.n > 0));
  return [...new Set(met.map(({ cohort }) => cohort))].filter((of) => of !== '').sort();
}

/** How much: of the criterion that decided, and of one more that is beyond chance. */
function worse(told: Told): Sentence[] {
  const of = deciding(told)?.criterion.name;
  const counted = told.facts.measured.flatMap(({ criterion }) => {
    const found = told.figures.find(({ id }) => id === impactId(criterion.name));
    return found ? [{ criterion: criterion.name, found }] : [];
  });
  const own = counted.filter(({ criterion }) => criterion === of);
  const rest = counted.filter(
    ({ criterion, found }) =>
      criterion !== of && found.inputs.sameAs === null && found.value !== null && (found.low ?? 0) > 0,
  );
  const shown = [...own, ...rest].slice(0, 2);
  return shown.map(({ criterion, found }) => sentence(`summary/excess/${criterion}`, ...excessParts(told, found)));
}

function noticed(told: Told): Sentence | null {
  const detected = milestone(told, 'detected');
  if (!detected?.at) return null;
  const detect = known(told, clockId('detect'));
  const decide = known(told, clockId('decide'));
  const decision = decisionOf(told.facts);
  const of = deciding(told)?.criterion.name;
  const person = decision !== null && decision.actor.kind !== 'rule';
  const by = of ? `by the criterion ${quoted(of)}` : person ? 'by a person' : 'by the plan';
  const range =
    detect && detect.low !== null && detect.high !== null
      ? ` (${detect.low < 1_000 ? 'at most' : `${lasted(detect.low)} to`} ${lasted(detect.high)})`
      : '';
  const when = detect ? said(`, about ${lasted(detect.value)} after it began${range}`, figure(detect.id)) : null;
  const then = decide
    ? decide.value < 1_000
      ? person
        ? 'at once'
        : 'in the same moment'
      : `${lasted(decide.value)} later`
    : null;
  // A stretch begins with no sentence that says what “it” is.
  const what = told.facts.subject.kind === 'stretch' ? 'That the candidate did worse' : 'It';
  const who = person && decision ? `${name(decision.actor.name)} decided` : 'the decision came';
  return sentence(
    'summary/noticed',
    said(`${what} was noticed ${atClock(detected.at)} ${by}`, ...both(detected), ...decisionSources(told)),
    when ?? ' (when it began is not known)',
    then && decide ? said(`, and ${who} ${then}`, figure(decide.id)) : '',
    '.',
  );
}

/** What a reader will ask next, and nobody knows. */
function unknown(told: Told, candidates: Candidate[]): Sentence | null {
  const { facts, figures } = told;
  // What brought a rehearsal about is known, and whom it touched is said above.
  if (facts.subject.kind === 'drill_run') return null;
  const onset = onsetPoint(told);
  const first = standingOut(candidates);
  const parts: Part[] = [];
  const sources = onset?.sources.length ? onset.sources : [evidence('stretch')];
  if (decisionOf(told.facts) || candidates.length > 0)
    parts.push(
      'What caused it is not established: ',
      first
        ? said(
            `${labelOf(first)} carries ${shareOf(first)} of the excess of ${quoted(first.criterion)}${first.cohort === null ? '' : ` in the cohort ${name(first.cohort)}`}${first.traffic === null ? '' : ` with ${percent(first.traffic)} of the requests`}`,
            ...first.sources,
          )
        : said('no attribute value stands out beyond what chance explains', ...measuredSources(told, sources)),
      '.',
    );
  const users = figures.find(({ id }) => id === exposedId('users'));
  if (users && users.value === null)
    parts.push(
      parts.length > 0 ? ' ' : '',
      said(
        `How many users were touched is not known: ${within(plain(users.why, 200).split(':')[0] ?? '')}`,
        figure(users.id),
      ),
      '.',
    );
  return parts.length > 0 ? sentence('summary/unknown', ...parts) : null;
}

function measuredSources(told: Told, otherwise: Source[]): Source[] {
  const all = told.facts.measured.map(({ criterion }) => evidence(`measured/${criterion.name}`));
  return all.length > 0 ? all : otherwise;
}
