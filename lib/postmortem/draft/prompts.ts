/**
 * What went well, what went wrong, where we were lucky: facts to begin from, each with its source. People judge; these
 * only remind them. Pure.
 */
import type { Candidate, NearChange, Sentence } from '../model';
import {
  askClock,
  askCriterion,
  askDrill,
  askStage,
  differences,
  gateOf,
  irreversible,
  nearChange,
  restored,
  reverted,
  ruleOf,
  trigger,
} from './aftermath';
import { onsetPoint } from './causes';
import { wereLucky } from './luck';
import { clocksOf, rehearsed } from './measured-up';
import { wentWell } from './well';
import type { Told } from './words';
import { wentWrong } from './wrong';

export type Prompts = Record<'well' | 'wrong' | 'lucky' | 'trigger' | 'resolution' | 'factors' | 'lessons', Sentence[]>;

export function promptsOf(told: Told, candidates: Candidate[], changes: NearChange[]): Prompts {
  const present = (all: Array<Sentence | null>) => all.filter((s): s is Sentence => s !== null);
  const timed = clocksOf(told);
  return {
    well: present([...wentWell(told), rehearsed(told, true), ...timed.met]),
    wrong: present([...timed.over, rehearsed(told, false), ...wentWrong(told)]),
    lucky: present(wereLucky(told)),
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
