/** What set it off, what ended it, what may have had a part in it, and what it leaves to ask. Pure. */

import { durationMs } from '@/lib/rollout/plan/duration';
import type { Facts } from '../facts';
import { decisionOf } from '../impact/decided';
import type { Candidate, NearChange, Sentence } from '../model';
import { labelOf, offsetWords, onsetPoint } from './causes';
import { decisionSources } from './decision-sources';
import { standingOut } from './foremost';
import { listed, type Part, plain, said, sentence } from './sentence';
import { evidence } from './sources';
import { clock, count, day, deciding, lasted, name, plural, quoted, type Told, within } from './words';

type Stage = NonNullable<Facts['plan']>['stages'][number];
export function stageThen(told: Told): { stage: Stage; last: Stage } | null {
  const { plan } = told.facts;
  const stage = plan?.stages[decisionOf(told.facts)?.fromStage ?? -1];
  const last = plan?.stages.at(-1);
  return stage && last ? { stage, last } : null;
}
/** A cohort that gets what everybody does is not named by itself. */
export const exposureOf = ({ exposure }: Stage): string => {
  const all = exposure['*'];
  const told = Object.entries(exposure).filter(([cohort, share]) => cohort === '*' || share !== all);
  return listed(told.map(([cohort, share]) => `${share}\u202f% of ${cohort === '*' ? 'everybody' : name(cohort)}`));
};

export function trigger(told: Told, changes: NearChange[]): Sentence | null {
  const onset = onsetPoint(told);
  const first = changes.find(({ offsetMs }) => offsetMs <= 0);
  if (told.facts.run && told.facts.subject.kind === 'drill_run') {
    const fault = told.facts.run.drill.fault;
    const what = fault
      ? `a fault that the drill put in itself: ${fault.status === null ? 'slowness' : `${fault.status} for`} ${fault.share}\u202f% of the requests`
      : 'a situation that people talked through';
    return sentence('trigger/fault', said(`It was set off by ${what}`, evidence('run')), '.');
  }
  if (!onset) return null;
  if (!first)
    return sentence(
      'trigger/none',
      said(
        'What set it off is not known: Belay recorded no change in the hour before',
        ...onset.sources,
        evidence('stretch'),
      ),
      '.',
    );
  return sentence(
    'trigger/change',
    'What set it off is not established; the change nearest before it: ',
    said(`${first.text}, ${offsetWords(first.offsetMs, onset.sure)}`, ...first.sources, ...onset.sources),
    '.',
  );
}

export function ruleOf(told: Told): Sentence | null {
  const of = deciding(told);
  if (!of) return null;
  const { falseRollbackRate } = told.facts.plan ?? { falseRollbackRate: 1 };
  const where = of.cohort === null ? 'over all cohorts' : `in ${name(of.cohort)}`;
  return sentence(
    'trigger/rule',
    said(
      `The decision rests on ${quoted(of.criterion.name)} ${where}: ${count(of.outcome.candidate.n)} observations of the candidate`,
      ...decisionSources(told),
    ),
    said(`, in a plan that allows ${falseRollbackRate}\u202f% false rollbacks over its whole life`, evidence('plan')),
    '.',
  );
}

export function restored(told: Told): Sentence | null {
  const { rollback, snapshots, run, subject } = told.facts;
  if (!rollback)
    return run && subject.kind === 'drill_run'
      ? sentence(
          'resolution/undo',
          said(
            run.undo?.state === 'done'
              ? `What the drill did was undone: ${plain(run.undo.what, 200)}`
              : 'That what the drill did was undone is not recorded',
            evidence('run'),
          ),
          '.',
        )
      : null;
  const target = snapshots.find(({ id }) => id === rollback.target);
  const done = rollback.steps.filter(({ state }) => state === 'done').length;
  const switching = rollback.steps.filter(({ work }) => work.kind === 'restore' || work.kind === 'serve');
  const back = switching.length > 0 && switching.every(({ state }) => state === 'done' || state === 'left');
  const restores = back ? 'was restored' : 'was to be restored, which nothing shows yet';
  const went = back ? 'went back' : 'was to go back, which nothing shows yet,';
  const to = target
    ? `the state recorded on ${day(target.takenAt)} at ${clock(target.takenAt)} UTC ${restores}`
    : rollback.cohorts.length > 0
      ? `the ${plural(rollback.cohorts.length, 'cohort')} ${listed(rollback.cohorts.map(name))} ${went} to ${name(told.facts.baseline ?? 'the baseline')}`
      : `what was served before ${restores}`;
  return sentence(
    'resolution/restored',
    `By the runbook ${quoted(rollback.runbook.name)}, `,
    said(to, ...(target ? [evidence(`snapshot/${target.id}`)] : []), evidence('rollback')),
    `; ${done} of ${rollback.steps.length} ${plural(rollback.steps.length, 'step')} ${done === 1 ? 'is' : 'are'} done`,
    ...stillOpen(told.facts),
    '.',
  );
}

/** What a reader of “5 of 6” asks next: which is not, and whom it waits for. */
function stillOpen({ rollback, takenAt }: Facts): Part[] {
  const open = (rollback?.steps ?? []).filter(({ state }) => state !== 'done' && state !== 'left').slice(0, 3);
  const [first, ...more] = open.map(({ title, detail, work, state }) => {
    const why = work.kind === 'person' && detail !== '' ? within(plain(detail, 120)) : state.replace('_', ' ');
    return `${quoted(title)} (${why})`;
  });
  if (first === undefined) return [];
  return ['; ', said(`at ${clock(takenAt)} UTC still open: ${listed([first, ...more])}`, evidence('rollback'))];
}

export function reverted({ facts }: Told): Sentence | null {
  const done = (facts.rollback?.steps ?? []).filter(({ work, state }) => work.kind === 'revert' && state === 'done');
  if (done.length === 0) return null;
  const names = done.map(({ work, title }) => (work.kind === 'revert' ? name(work.name) : name(title)));
  return sentence(
    'resolution/migrations',
    said(
      `${plural(done.length, 'The migration', 'The migrations')} ${listed(names)} ${plural(done.length, 'was', 'were')} reverted`,
      evidence('rollback'),
    ),
    '.',
  );
}

export function differences({ facts }: Told): Sentence | null {
  const { comparison } = facts;
  if (!comparison) return null;
  const served = comparison.differences.filter(({ part }) => part !== 'criteria');
  const parts = [...new Set(served.map(({ part }) => part))];
  return sentence(
    'resolution/differences',
    said(
      served.length === 0
        ? 'Between the known-good state and the one before the rollback nothing that is served differs'
        : `${served.length} ${plural(served.length, 'line')} ${plural(served.length, 'differs', 'differ')} between the known-good state and the one before the rollback: ${listed(parts)}`,
      evidence('comparison'),
    ),
    '.',
  );
}

export const nearChange = (c: NearChange, i: number, sure: boolean): Sentence =>
  sentence(`factors/change/${i}`, said(`${c.text}, ${offsetWords(c.offsetMs, sure)}`, ...c.sources), '.');

export function gateOf(told: Told): Sentence | null {
  const then = stageThen(told);
  if (!then) return null;
  const { minDuration, minSamples, approval, name: of } = then.stage;
  const asks = [
    ...(minDuration === '0s' ? [] : [`at least ${lasted(durationMs(minDuration))}`]),
    ...(minSamples > 0 ? [`${count(minSamples)} observations`] : []),
    ...(approval ? ['an approval'] : []),
  ];
  return sentence(
    'factors/gate',
    said(
      asks.length > 0
        ? `The stage ${quoted(of)} asks for ${listed(asks)} before it is left`
        : `The stage ${quoted(of)} asks for no time, no number of observations and no approval before it is left`,
      evidence('plan'),
    ),
    '.',
  );
}

export function irreversible({ facts }: Told): Sentence | null {
  const stuck = (facts.rollback?.steps ?? []).filter(({ work, state }) => work.kind === 'revert' && state === 'left');
  if (stuck.length === 0) return null;
  return sentence(
    'factors/irreversible',
    said(
      `${stuck.length} ${plural(stuck.length, 'migration')} could not be taken back with the flags`,
      evidence('rollback'),
    ),
    '.',
  );
}

export function askStage(told: Told): Sentence | null {
  const then = stageThen(told);
  const share = then ? Math.max(0, ...Object.values(then.stage.exposure)) : 0;
  if (!then || share < 25) return null;
  return sentence(
    'lessons/stage',
    'Would a smaller stage have shown it? ',
    said(`The stage ${quoted(then.stage.name)} exposes ${exposureOf(then.stage)}`, evidence('plan')),
    '.',
  );
}

export function askCriterion(told: Told, candidates: Candidate[]): Sentence | null {
  const first = standingOut(candidates);
  const watched = told.facts.plan?.criteria.some((c) => first && Object.hasOwn(c.where, first.key));
  if (!first || watched) return null;
  return sentence(
    'lessons/criterion',
    said(`Is ${labelOf(first)} worth a criterion or a test of its own`, ...first.sources),
    '? No criterion of the plan looks at it alone.',
  );
}

export function askClock(over: Sentence[]): Sentence | null {
  const sources = over.flatMap((s) => s.spans.flatMap((span) => span.sources));
  if (sources.length === 0) return null;
  return sentence('lessons/clock', said('What would bring it within its objectives next time', ...sources), '?');
}

export function askDrill({ facts }: Told): Sentence | null {
  if (facts.subject.kind === 'drill_run')
    return sentence(
      'lessons/drill',
      said('When is this rehearsed again, and what must change before', evidence('run')),
      '?',
    );
  if (facts.subject.kind !== 'rollback') return null;
  const source = evidence(facts.lastDrill ? 'lastDrill' : facts.rollback ? 'rollback' : 'stretch');
  return sentence(
    'lessons/drill',
    said('Should a drill rehearse what happened here', source),
    '? A fault with the same signature would show whether the criterion notices it sooner.',
  );
}
