/** Of a run that has ended: what it showed and what it did not, and the same as a report to hand on. Pure. */

import { levelWords } from '@/app/ui/drill/words';
import { formatTook } from '@/lib/chart/format';
import type { DrillLevel, RunView } from '@/lib/drill/model';
import { answerWords, clockWords, faultSays, readClock, runSentence, runStateWords, wholeOf } from './reading';

export function lessonsOf(run: RunView): { shown: string[]; not: string[] } {
  const shown: string[] = [];
  const not: string[] = [];
  const never: string[] = [];
  for (const clock of run.clocks) {
    const name = clockWords[clock.name].label;
    if (clock.state === 'recorded' && clock.ms !== null) {
      const met = clock.met === null ? '' : clock.met ? ', within its objective' : ', over its objective';
      shown.push(`${name} took ${formatTook(clock.ms)}${met}`);
    } else if (clock.state === 'invalid')
      not.push(`${name}: its end lies before its beginning, so it counts for nothing`);
    else if (clock.state === 'pending') never.push(name);
  }
  if (never.length > 0) not.push(`${never.join(', ')}: it never came to that`);
  if (run.proof?.restored) shown.push('What was recorded came back, proven');
  else if (run.level !== 'tabletop') not.push('That what was recorded comes back');
  if (run.control?.touched === false) shown.push(`The control cohort ${run.control.cohort} was not touched`);
  else if (run.drill.control !== null)
    not.push(`That the control cohort ${run.control?.cohort ?? run.drill.control} stays untouched`);
  else if (run.level !== 'tabletop') not.push('That nobody else is touched: no control cohort was named');
  not.push(...notByLevel[run.level]);
  return { shown, not };
}

const notByLevel: Record<DrillLevel, string[]> = {
  tabletop: ['Anything that a machine does: nothing was injected and nothing rolled back'],
  synthetic: ['How real services, caches and users behave: its requests were simulated'],
  fault: [],
  proxy: [],
};

/** What people have written stays text: no line of theirs becomes a heading or a link. */
const plain = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>#|]/g, '\\$&');
const listed = (items: string[]): string[] =>
  items.length === 0 ? ['- nothing'] : items.map((item) => `- ${plain(item)}`);

/** As Markdown, for a ticket or a review. Times are UTC. */
export function runReport(run: RunView): string {
  const { lead, text, ends } = runSentence(run);
  const { shown, not } = lessonsOf(run);
  const { answer, by, note } = run.decision;
  const whole = wholeOf(run.clocks);
  return [
    `# Drill: ${plain(run.name)}`,
    '',
    `**${lead}** ${plain(text)} ${ends}`.trim(),
    '',
    `- ${plain(run.feature)} in ${plain(run.environment)}, ${levelWords[run.level].label.toLowerCase()}: ${levelWords[run.level].says}`,
    `- From ${run.startedAt ?? 'never'} to ${run.endedAt ?? 'now'}, ${run.trigger === 'schedule' ? 'by its schedule' : `by ${plain(run.by)}`}`,
    ...(run.drill.fault ? [`- Fault: ${faultSays(run.drill.fault)}, for ${run.drill.fault.expiresAfter} at most`] : []),
    ...(answer
      ? [`- Answered by ${plain(by ?? 'somebody')}: ${answerWords[answer]}${note ? `, “${plain(note)}”` : ''}`]
      : []),
    ...(run.drill.situation ? ['', `> ${plain(run.drill.situation)}`] : []),
    '',
    '## Clocks',
    '',
    '| clock | took | objective | |',
    '|-|-|-|-|',
    ...run.clocks.map((clock) => {
      const { text: said, objective } = readClock(clock, 0, true);
      const goal = objective.replace(/^objective | (met|missed)$/g, '');
      return `| ${clockWords[clock.name].label} | ${said} | ${goal} | ${clock.met === null ? '' : clock.met ? 'met' : 'missed'} |`;
    }),
    ...(whole ? ['', `From the fault until the criteria were back: ${whole}.`] : []),
    '',
    '## Shown',
    '',
    ...listed(shown),
    '',
    '## Not shown',
    '',
    ...listed(not),
    '',
    '## Log',
    '',
    ...run.log.map((line) => `- ${line.at} ${runStateWords[line.state].label}: ${plain(line.text)}`),
    '',
  ].join('\n');
}
