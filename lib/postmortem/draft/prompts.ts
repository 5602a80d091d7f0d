/**
 * What went well, what went wrong, where we were lucky: facts to begin from, each with its source. People judge; these
 * only remind them. Pure.
 */
import { type ClockName, clockNames } from '@/lib/drill/model';
import type { EventKind, EventView } from '@/lib/event/model';
import { decisionOf } from '../impact/decided';
import { clockId } from '../impact/figure-id';
import type { Candidate, NearChange, Sentence } from '../model';
import {
  askClock,
  askCriterion,
  askDrill,
  askStage,
  differences,
  exposureOf,
  gateOf,
  irreversible,
  nearChange,
  restored,
  reverted,
  ruleOf,
  stageThen,
  trigger,
} from './aftermath';
import { onsetPoint } from './causes';
import { listed, plain, said, sentence } from './sentence';
import { event, evidence, figure } from './sources';
import { decisionSources } from './summary';
import { clock, count, deciding, known, lasted, milestone, name, percent, plural, quoted, type Told } from './words';

export type Prompts = Record<'well' | 'wrong' | 'lucky' | 'trigger' | 'resolution' | 'factors' | 'lessons', Sentence[]>;

const dayMs = 86_400_000;
/** A rehearsal older than this says little about today. */
const freshDays = 30;

export function promptsOf(told: Told, candidates: Candidate[], changes: NearChange[]): Prompts {
  const present = (all: Array<Sentence | null>) => all.filter((s): s is Sentence => s !== null);
  const timed = clocksOf(told);
  return {
    well: present([byItself(told), rehearsed(told, true), ...timed.met, provenReturn(told), approved(told)]),
    wrong: present([
      ...timed.over,
      rehearsed(told, false),
      notProven(told),
      byPerson(told),
      ...stayed(told),
      ...soft(told, 'migration.failed', 'A migration failed'),
      ...soft(told, 'notice.failed', 'A notice reached nobody'),
      ...soft(told, 'rollback.cap_reached', 'Belay had to ask before rolling back'),
      ...findingsOf(told),
      ...runFaults(told),
    ]),
    lucky: present([exposed(told), heldBack(told), shareOfTraffic(told), oneCohort(told)]),
    trigger: present([trigger(told, changes), ruleOf(told)]),
    resolution: present([restored(told), reverted(told), differences(told)]),
    factors: present([
      ...changes.slice(0, 3).map((c, i) => nearChange(c, i, onsetPoint(told)?.sure === true)),
      gateOf(told),
      irreversible(told),
    ]),
    lessons: present([askStage(told), askCriterion(told, candidates), askClock(timed.over), askDrill(told)]),
  };
}

const eventsOf = ({ facts }: Told, kind: EventKind): EventView[] => facts.events.filter((e) => e.kind === kind);

/** Nothing says that nobody knew; only that the history holds no act of a person in between. */
function byItself(told: Told): Sentence | null {
  const decision = decisionOf(told.facts);
  const detected = milestone(told, 'detected');
  const onset = milestone(told, 'onset');
  if (decision?.actor.kind !== 'rule' || !detected?.at) return null;
  const from = onset?.at ?? detected.at;
  const people = told.facts.events.some(
    ({ actor, at }) => actor.kind !== 'rule' && at >= from && at <= (detected.at ?? ''),
  );
  const detect = known(told, clockId('detect'));
  const ms = detect ? `, about ${lasted(detect.value)} after it began` : '';
  return sentence(
    'well/detected',
    said(
      `Belay noticed it by itself${ms}`,
      ...detected.sources,
      ...(detect ? [figure(detect.id)] : []),
      ...decisionSources(told),
    ),
    people ? '.' : '; the history holds no act of a person in between.',
  );
}

const says: Record<ClockName, string> = {
  detect: 'Noticing it',
  decide: 'Deciding',
  actuate: 'Switching the flags',
  propagate: 'Until nobody was served it',
  recover: 'Until the criteria were back',
};

/** Against the objectives of the drill, where there are any. */
function clocksOf({ figures }: Told): { met: Sentence[]; over: Sentence[] } {
  const out: { met: Sentence[]; over: Sentence[] } = { met: [], over: [] };
  for (const of of clockNames) {
    const found = figures.find(({ id }) => id === clockId(of));
    const objective = found?.inputs.objectiveMs;
    if (!found || found.value === null || typeof objective !== 'number') continue;
    const over = found.inputs.met === 'no';
    const text = `${says[of]} took ${lasted(found.value)}; the objective of the drill is ${lasted(objective)}`;
    const section = over ? 'wrong' : 'well';
    out[over ? 'over' : 'met'].push(sentence(`${section}/clock/${of}`, said(text, figure(found.id)), '.'));
  }
  return out;
}

function rehearsed({ facts }: Told, well: boolean): Sentence | null {
  if (facts.subject.kind !== 'rollback') return null;
  const at = Date.parse(facts.rollback?.decidedAt ?? facts.to);
  const last = facts.lastDrill;
  if (!last)
    return well
      ? null
      : sentence(
          'wrong/rehearsed',
          said('No rehearsal of this rollback has ever been proven', evidence(facts.rollback ? 'rollback' : 'stretch')),
          ` for ${name(facts.subject.feature)} in ${name(facts.subject.environment)}.`,
        );
  const days = Math.floor((at - Date.parse(last.endedAt)) / dayMs);
  const over = last.clocks.filter(({ ms, objectiveMs }) => ms !== null && objectiveMs !== null && ms > objectiveMs);
  const timed = last.clocks.some(({ objectiveMs }) => objectiveMs !== null);
  const good = days <= freshDays && over.length === 0;
  if (good !== well) return null;
  const ago = days === 0 ? 'less than a day' : `${days} ${plural(days, 'day')}`;
  const how =
    over.length > 0
      ? `, and it was over its objective for ${listed(over.map((c) => c.name))}`
      : timed
        ? ' and met its objectives'
        : ', without objectives to meet';
  return sentence(
    `${well ? 'well' : 'wrong'}/rehearsed`,
    said(`The rollback was last rehearsed and proven ${ago} before${how}`, evidence('lastDrill')),
    '.',
  );
}

function provenReturn({ facts }: Told): Sentence | null {
  const { rollback } = facts;
  if (rollback?.state !== 'verified' || !rollback.endedAt || facts.subject.kind === 'drill_run') return null;
  const ms = Date.parse(rollback.endedAt) - Date.parse(rollback.decidedAt);
  const people = rollback.ticks.length;
  return sentence(
    'well/proven',
    said(
      `The return was proven ${lasted(ms)} after the decision, ${people === 0 ? 'without a person' : `with ${people} ${plural(people, 'step')} done by people`}`,
      evidence('rollback'),
    ),
    '.',
  );
}

function approved(told: Told): Sentence | null {
  const given = eventsOf(told, 'approval.given').at(-1);
  if (!given) return null;
  return sentence(
    'well/approved',
    said(`${name(given.actor.name)} had approved the way on at ${clock(given.at)} UTC`, event(given.seq)),
    ': a second pair of eyes had looked.',
  );
}

function notProven({ facts }: Told): Sentence | null {
  const { rollback } = facts;
  if (!rollback || rollback.escalatedAt === null) return null;
  const told = facts.events.find((e) => e.kind === 'rollback.unconfirmed' && e.data.rollbackId === rollback.id);
  const after = lasted(Date.parse(rollback.escalatedAt) - Date.parse(rollback.decidedAt));
  const later = rollback.state === 'verified' ? '; it was proven later' : '';
  return sentence(
    'wrong/unconfirmed',
    said(
      `The rollback was not confirmed in time, and people were told ${after} after the decision`,
      ...(told ? [event(told.seq)] : []),
      evidence('rollback'),
    ),
    `${later}.`,
  );
}

function byPerson(told: Told): Sentence | null {
  const decision = decisionOf(told.facts);
  if (!decision || decision.actor.kind === 'rule') return null;
  const verdict = decision.evidence?.kind;
  const said_ =
    verdict === undefined
      ? ''
      : `; the verdict of Belay was then ${verdict === 'roll_back' ? 'to roll back' : `to ${verdict}`}`;
  return sentence(
    'wrong/person',
    said(`A person, ${name(decision.actor.name)}, had to take it back`, ...decisionSources(told)),
    `${said_}.`,
  );
}

function stayed({ facts }: Told): Sentence[] {
  const left = (facts.rollback?.steps ?? []).filter(({ work, state }) => work.kind === 'revert' && state === 'left');
  return left.map((step) =>
    sentence(
      `wrong/left/${step.id}`,
      said(
        `${plain(step.title, 200)} could not be undone${step.detail ? `: ${plain(step.detail, 200)}` : ''}`,
        evidence('rollback'),
      ),
      '.',
    ),
  );
}

const soft = (told: Told, kind: EventKind, text: string): Sentence[] =>
  eventsOf(told, kind)
    .slice(0, 3)
    .map((e) => sentence(`wrong/${e.kind}/${e.seq}`, said(`${text}: ${plain(e.reason, 200)}`, event(e.seq)), '.'));

const findingWords: Record<string, string> = {
  overflow: 'a sender lumped attributes together',
  unit_conflict: 'units did not fit',
  single_writer_violation: 'two senders wrote one stream',
  receiver_down: 'the receiver was down',
  series_budget: 'there were more series than may be kept',
};

function findingsOf({ facts }: Told): Sentence[] {
  return facts.findings
    .slice(0, 5)
    .map(({ kind, metric, detail }, i) =>
      sentence(
        `wrong/finding/${kind}/${metric}`.slice(0, 200),
        said(
          `Telemetry was not sound meanwhile: ${findingWords[kind] ?? kind}${metric ? ` for ${name(metric)}` : ''}`,
          evidence(`finding/${i}`),
        ),
        detail ? ` (${plain(detail, 200)}).` : '.',
      ),
    );
}

function runFaults({ facts }: Told): Sentence[] {
  const { run, subject } = facts;
  if (!run || subject.kind !== 'drill_run') return [];
  const touched = run.control?.touched
    ? [
        sentence(
          'wrong/control',
          said(`The control cohort ${name(run.control.cohort)} was touched`, evidence('run')),
          '.',
        ),
      ]
    : [];
  return [
    sentence(
      'wrong/run',
      said(`The run failed: ${plain(run.why || 'it does not say why', 300)}`, evidence('run')),
      '.',
    ),
    ...touched,
  ];
}

function exposed(told: Told): Sentence | null {
  const then = stageThen(told);
  if (!then || then.stage === then.last) return null;
  return sentence(
    'lucky/stage',
    said(
      `It failed in the stage ${quoted(then.stage.name)}, which exposes ${exposureOf(then.stage)}`,
      evidence('plan'),
      ...decisionSources(told),
    ),
    `; the last stage would have exposed ${exposureOf(then.last)}.`,
  );
}

function heldBack({ facts }: Told): Sentence | null {
  const { plan } = facts;
  if (!plan || plan.holdback <= 0) return null;
  return sentence(
    'lucky/holdback',
    said(`A holdback of ${plan.holdback}\u202f% stayed on ${name(plan.baseline)} throughout`, evidence('plan')),
    ', so there was always something to compare with.',
  );
}

function shareOfTraffic(told: Told): Sentence | null {
  const { facts } = told;
  const onset = onsetPoint(told);
  const until = milestone(told, 'propagated')?.at ?? facts.to;
  const of = deciding(told)?.criterion.name;
  const measured = facts.measured.find(({ criterion }) => criterion.name === of) ?? facts.measured[0];
  if (!onset || !measured || measured.criterion.measure === 'value') return null;
  const [from, to] = [Date.parse(onset.at), Date.parse(until)];
  const cells = measured.cells.filter(({ at }) => at >= from && at < to);
  const sum = (version: string | null) => cells.reduce((n, c) => (c.version === version ? n + c.n : n), 0);
  const [candidate, baseline] = [sum(facts.candidate), sum(facts.baseline)];
  if (!(candidate > 0) || !(baseline > 0)) return null;
  const share = candidate / (candidate + baseline);
  if (share >= 0.5) return null;
  return sentence(
    'lucky/traffic',
    said(
      `${name(facts.candidate ?? 'The candidate')} had ${percent(share)} of the ${count(candidate + baseline)} observations of ${quoted(measured.criterion.name)} from ${onset.sure ? 'the onset on' : 'when it was noticed'}`,
      evidence(`measured/${measured.criterion.name}`),
      ...onset.sources,
    ),
    `; the rest met ${name(facts.baseline ?? 'the baseline')}.`,
  );
}

function oneCohort(told: Told): Sentence | null {
  const outcomes = decisionOf(told.facts)?.evidence?.outcomes ?? [];
  const of = deciding(told);
  if (!of) return null;
  const cohorts = outcomes.filter((o) => o.criterion === of.criterion.name && o.cohort !== null);
  const failing = cohorts.filter((o) => o.outcome === 'fail');
  if (cohorts.length < 2 || failing.length === 0 || failing.length === cohorts.length) return null;
  return sentence(
    'lucky/cohorts',
    said(
      `${quoted(of.criterion.name)} failed in ${listed(failing.map((o) => name(o.cohort ?? '')))} only, of ${cohorts.length} cohorts that were judged`,
      evidence(`decision/${decisionOf(told.facts)?.id}`),
    ),
    '.',
  );
}
