/** What a rehearsal that failed was, and where it took too long. Pure. */
import type { Sentence } from '../model';
import { listed, plain, said, sentence } from './sentence';
import { event, evidence } from './sources';
import { clock, day, lasted, name, type Told } from './words';

export function drilled({ facts }: Told): Sentence[] {
  const { run, subject } = facts;
  if (!run) return [];
  const at = run.endedAt ?? facts.to;
  const users = run.level === 'tabletop' || run.level === 'synthetic' ? ' No user was touched.' : '';
  const failed = facts.events.find(({ kind }) => kind === 'drill.failed');
  const over = run.clocks.filter(({ met }) => met === false);
  const slow = over.map(
    ({ name: of, ms, objectiveMs }) => `${of} took ${lasted(ms ?? 0)} where ${lasted(objectiveMs ?? 0)} was allowed`,
  );
  const open = run.clocks.filter(({ state }) => state === 'pending').map(({ name: of }) => of);
  return [
    sentence(
      'summary/what',
      said(
        `On ${day(at)} at ${clock(at)} UTC the drill “${name(run.name)}” of ${name(subject.feature)} in ${name(subject.environment)} failed`,
        ...(failed ? [event(failed.seq)] : []),
        evidence('run'),
      ),
      `: ${plain(run.why || 'it does not say why', 300)}.`,
    ),
    sentence(
      'summary/drill',
      said(
        `It was a ${run.level} rehearsal, begun by ${run.trigger === 'schedule' ? 'its schedule' : name(run.by)}`,
        evidence('run'),
      ),
      `.${users}`,
    ),
    sentence(
      'summary/clocks',
      said(
        slow.length > 0
          ? `Over its objectives: ${listed(slow)}`
          : 'Of the clocks that were recorded none was over its objective',
        evidence('run'),
      ),
      open.length > 0 ? `; ${listed(open)} never came to an end.` : '.',
    ),
  ];
}
