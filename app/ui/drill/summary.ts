/** What a drill that is being written comes to, in a few lines. Pure; it may not be whole yet. */

import { short } from '@/app/ui/text/name';
import { clockNames, type DrillLevel } from '@/lib/drill/model';
import { cronSays } from './cron';
import { clockWords } from './run/reading';
import { valueAt } from './text';
import { levelWords } from './words';

type Line = { what: string; text: string };

export function drillSummary(drill: Record<string, unknown>): Line[] {
  const at = (path: string) => valueAt(drill, path);
  const level = (at('level') ?? 'synthetic') as DrillLevel;
  return [
    { what: 'Rehearses', text: `${said(at('feature')) || 'nothing yet'} in ${said(at('environment')) || '…'}` },
    { what: 'Level', text: levelWords[level]?.says ?? said(level) },
    ...(level === 'tabletop' ? [] : [{ what: 'Fault', text: faultText(at) }]),
    ...(at('blast.cohort') ? [{ what: 'Touches', text: blastText(at, level) }] : []),
    { what: 'Decides', text: decisionText(at) },
    { what: 'Within', text: objectivesText(at) },
    { what: 'Runs', text: scheduleText(at) },
  ];
}

type At = (path: string) => unknown;
const said = (value: unknown): string => (value === undefined || value === null ? '' : short(String(value)));

function faultText(at: At): string {
  const share = said(at('fault.share'));
  const status = at('fault.status') === undefined ? '503' : said(at('fault.status'));
  const latency = Number(at('fault.latencyMs') ?? 0);
  if (share === '') return 'none yet';
  const what = [
    ...(status === '' ? [] : [`${share} % of requests answer ${status}`]),
    ...(latency > 0 ? [`${share} % are ${latency} ms slower`] : []),
  ];
  const until = said(at('fault.expiresAfter'));
  return `${what.join(', ') || 'fails and slows nothing yet'}${until ? `, for ${until} at most` : ', and does not end yet'}`;
}

function blastText(at: At, level: DrillLevel): string {
  const users = level === 'synthetic' ? 'simulated users of ' : `${said(at('blast.share')) || '100'} % of `;
  return `${users}${said(at('blast.cohort'))}, ${said(at('blast.minutes')) || '15'} minutes at most`;
}

function decisionText(at: At): string {
  if (at('decision.by') !== 'person') return 'Belay, by the plan';
  const not = at('decision.notThese');
  const left = Array.isArray(not) && not.length > 0 ? `, but not ${not.map(said).join(', ')}` : '';
  return `a person, within ${said(at('decision.deadline')) || '5m'}${left}`;
}

function objectivesText(at: At): string {
  const given = clockNames.flatMap((name) => {
    const value = said(at(`objectives.${name}`));
    return value === '' ? [] : [`${clockWords[name].label.toLowerCase()} ${value}`];
  });
  return given.join(', ') || 'nothing is asked of its clocks';
}

function scheduleText(at: At): string {
  const schedule = at('schedule');
  if (schedule === null || typeof schedule !== 'object') return 'when somebody starts it';
  const cron = said(at('schedule.cron'));
  const paused = at('schedule.paused') === true ? '; paused' : '';
  return `${cronSays(cron) ?? cron} (${said(at('schedule.timeZone')) || 'UTC'})${paused}`;
}
