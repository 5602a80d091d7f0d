/** Against what was asked for: the objectives of the drill, and how long ago it was rehearsed. Well or wrong. Pure. */
import { type ClockName, clockNames } from '@/lib/drill/model';
import { clockId } from '../impact/figure-id';
import type { Sentence } from '../model';
import { listed, said, sentence } from './sentence';
import { evidence, figure } from './sources';
import { lasted, name, plural, type Told } from './words';

const dayMs = 86_400_000;
/** A rehearsal older than this says little about today. */
const freshDays = 30;

const says: Record<ClockName, string> = {
  detect: 'Noticing it',
  decide: 'Deciding',
  actuate: 'Switching the flags',
  propagate: 'Until nobody was served it',
  recover: 'Until the criteria were back',
};

/** Against the objectives of the drill, where there are any. */
export function clocksOf({ figures }: Told): { met: Sentence[]; over: Sentence[] } {
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

export function rehearsed({ facts }: Told, well: boolean): Sentence | null {
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
