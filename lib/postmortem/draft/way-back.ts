/** How it went back, and what proves that. Pure. */
import type { RollbackStep } from '@/lib/rollback/model';
import type { Sentence } from '../model';
import { listed, plain, said, sentence } from './sentence';
import { both, event, evidence } from './sources';
import { atClock, clock, lasted, milestone, name, plural, type Told } from './words';

export function switched(told: Told): Sentence | null {
  const { rollback } = told.facts;
  if (!rollback) return null;
  const decided = milestone(told, 'decided');
  const acted = milestone(told, 'acted');
  const gone = milestone(told, 'propagated');
  if (!acted?.at)
    return sentence('summary/done', said('The flags are not shown to be switched back', evidence('rollback')), '.');
  const since = (at: string) =>
    decided?.at ? `${lasted(Date.parse(at) - Date.parse(decided.at))} after the decision` : atClock(at);
  const what = name(told.facts.candidate ?? 'what was taken back');
  return sentence(
    'summary/done',
    said(`The flags were switched back ${since(acted.at)}`, ...both(decided, acted)),
    gone?.at
      ? said(`, and telemetry showed nobody on ${what} any more ${since(gone.at)}`, ...both(gone))
      : said(`; telemetry has not shown that nobody is on ${what} any more`, evidence('rollback')),
    '.',
  );
}

export function proven(told: Told): Sentence | null {
  const { facts } = told;
  const { rollback, run } = facts;
  if (facts.subject.kind === 'drill_run' && run)
    return sentence(
      'summary/proven',
      said(
        run.proof?.restored
          ? 'The return to the known-good state was proven'
          : `The return to the known-good state was not proven${run.proof?.detail ? `: ${plain(run.proof.detail, 300)}` : ''}`,
        evidence('run'),
      ),
      '.',
    );
  if (!rollback) return null;
  const told_ = (kind: string) => facts.events.findLast((e) => e.kind === kind && e.data.rollbackId === rollback.id);
  const verified = told_('rollback.verified');
  const sources = [...(verified ? [event(verified.seq)] : []), evidence('rollback')];
  if (rollback.state === 'verified') {
    const at = verified?.at ?? rollback.endedAt ?? facts.takenAt;
    const shown = whatIsShown(rollback.steps);
    return sentence(
      'summary/proven',
      said(`The return is proven since ${clock(at)} UTC`, ...sources),
      `, ${lasted(Date.parse(at) - Date.parse(rollback.decidedAt))} after the decision`,
      shown.length > 0 ? said(`: ${listed(shown)}`, evidence('rollback')) : '',
      '.',
    );
  }
  const unconfirmed = told_('rollback.unconfirmed');
  const failed = rollback.steps.filter(({ state }) => state === 'failed');
  const open = rollback.steps.filter(({ state }) => state === 'waiting' || state === 'running' || state === 'pending');
  const why = (failed.length > 0 ? failed : open).map(({ title, detail }) =>
    plain(detail ? `${title} (${detail})` : title, 200),
  );
  const what = failed.length > 0 ? 'this failed' : 'this is still open';
  const taken = rollback.acknowledged
    ? ` ${name(rollback.acknowledged.by)} took it over: “${plain(rollback.acknowledged.reason, 200)}”.`
    : '';
  return sentence(
    'summary/proven',
    said(
      rollback.state === 'unconfirmed' ? 'The return is not proven' : 'The return is not proven yet',
      ...(unconfirmed ? [event(unconfirmed.seq)] : []),
      evidence('rollback'),
    ),
    `${why.length > 0 ? `; ${what}: ${why.slice(0, 3).join('; ')}` : ''}.${taken}`,
  );
}

/** Only what a step has shown; what was left is not claimed. */
function whatIsShown(steps: readonly RollbackStep[]): string[] {
  const done = (kind: RollbackStep['work']['kind']) =>
    steps.filter(({ work, state }) => work.kind === kind && state === 'done').length;
  const checks = done('check');
  return [
    ...(done('read_back') > 0 ? ['what is served reads back as recorded'] : []),
    ...(done('exposure') > 0 ? ['telemetry shows nobody on it'] : []),
    ...(checks > 0 ? [`${checks} integrity ${plural(checks, 'check')} passed`] : []),
    ...(done('criteria') > 0 ? ['the criteria are back in their range'] : []),
  ];
}
