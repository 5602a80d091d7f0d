/** What went well, as far as the record shows it. Pure. */
import { decisionOf } from '../impact/decided';
import { clockId } from '../impact/figure-id';
import type { Sentence } from '../model';
import { decisionSources } from './decision-sources';
import { said, sentence } from './sentence';
import { event, evidence, figure } from './sources';
import { clock, known, lasted, milestone, name, plural, type Told } from './words';

export const wentWell = (told: Told): Array<Sentence | null> => [byItself(told), provenReturn(told), approved(told)];

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
  const given = told.facts.events.findLast(({ kind }) => kind === 'approval.given');
  if (!given) return null;
  return sentence(
    'well/approved',
    said(`${name(given.actor.name)} had approved the way on at ${clock(given.at)} UTC`, event(given.seq)),
    ': a second pair of eyes had looked.',
  );
}
