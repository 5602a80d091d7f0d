/**
 * The moments that a report is measured by. Pure.
 *
 * All but the onset were written down as they happened; the onset is an estimate from telemetry, and says how good a
 * one. A moment that nothing shows is null and says why.
 */
import type { RunView } from '@/lib/drill/model';
import type { RollbackStep, RollbackView } from '@/lib/rollback/model';
import type { DecisionView } from '@/lib/rollout/model';
import type { Facts } from '../facts';
import type { Milestone, MilestoneName, Source } from '../model';
import { decisionOf, isFailing } from './decided';
import { type Onset, onsetOf } from './onset';

/** `onset`: as it was looked for, once for all that is counted from it; null: a run's own record has it. */
export type Moments = { milestones: Milestone[]; onset: Onset | null };

export function momentsOf(facts: Facts): Moments {
  if (facts.run !== null) return { milestones: ofRun(facts, facts.run), onset: null };
  const decision = decisionOf(facts);
  const started = startedOf(facts, decision);
  const detected = detectedOf(facts, started.at);
  const onset = onsetOf(facts, detected.at);
  const milestones = [
    started,
    onsetMilestone(onset, started.at),
    detected,
    decidedOf(facts, decision),
    ...ofRollback(facts, facts.rollback),
  ];
  return { milestones, onset };
}

const evidence = (id: string): Source => ({ kind: 'evidence', id });
const at = (name: MilestoneName, when: string, sources: Source[], why = ''): Milestone => ({
  name,
  at: new Date(when).toISOString(),
  sources,
  why,
});
const unknown = (name: MilestoneName, why: string, sources: Source[] = [evidence('stretch')]): Milestone => ({
  name,
  at: null,
  sources,
  why,
});

/** A decision, and the event of the history that tells of it. */
function sourcesOf({ events }: Facts, decision: DecisionView): Source[] {
  const told = events.find(
    (e) => e.rolloutId === decision.rolloutId && e.data.epoch === decision.epoch && e.kind.startsWith('rollout.'),
  );
  return [...(told ? [{ kind: 'event', seq: told.seq } as const] : []), evidence(`decision/${decision.id}`)];
}

/** When the stage began in which it failed; without a decision, when the rollout did. */
function startedOf(facts: Facts, decision: DecisionView | null): Milestone {
  const entered = facts.decisions.findLast(
    (d) =>
      d.acted &&
      (d.action === 'start' || d.action === 'widen') &&
      (decision === null || (d.toStage === decision.fromStage && d.epoch < decision.epoch)),
  );
  if (entered) {
    const stage = facts.plan?.stages[entered.toStage]?.name;
    return at('started', entered.at, sourcesOf(facts, entered), stage === undefined ? '' : `stage ${stage}`);
  }
  const startedAt = facts.rollout?.startedAt;
  if (decision === null && startedAt) return at('started', startedAt, [evidence('rollout')]);
  return unknown('started', 'No decision that is told of exposed anybody to the candidate');
}

function onsetMilestone(onset: Onset, startedAt: string | null): Milestone {
  if (!onset.known) return unknown('onset', onset.why);
  const earlier =
    startedAt !== null && onset.at < Date.parse(startedAt)
      ? '; the stage in which it failed began later, and an earlier one had served the candidate already'
      : '';
  return at(
    'onset',
    new Date(onset.at).toISOString(),
    [evidence(`measured/${onset.criterion}`)],
    `${onset.why}${earlier}`,
  );
}

/** The first failing verdict since the stage began, from the history and from what decisions rested on. */
function detectedOf(facts: Facts, startedAt: string | null): Milestone {
  const since = Date.parse(startedAt ?? facts.from);
  const turned = facts.events
    .filter((e) => e.kind === 'verdict.changed' && isFailingTurn(e.data))
    .map((e): Milestone => at('detected', e.at, [{ kind: 'event', seq: e.seq }]));
  const rested = facts.decisions.flatMap((d) =>
    d.evidence && isFailing(d.evidence) ? [at('detected', d.evidence.at, sourcesOf(facts, d))] : [],
  );
  const found = [...turned, ...rested].filter((m) => Date.parse(m.at as string) >= since);
  const [first] = found.sort((a, b) => Date.parse(a.at as string) - Date.parse(b.at as string));
  return first ?? unknown('detected', 'No verdict failed: whoever acted saw it elsewhere');
}

const isFailingTurn = ({ after, reason }: Record<string, unknown>): boolean =>
  after === 'roll_back' ||
  reason === 'guardrail_failed' ||
  reason === 'cohort_regressed' ||
  reason === 'success_failed';

function decidedOf(facts: Facts, decision: DecisionView | null): Milestone {
  if (decision) return at('decided', decision.at, sourcesOf(facts, decision), `by ${decision.actor.name}`);
  if (facts.rollback) return at('decided', facts.rollback.decidedAt, [evidence('rollback')], `by ${facts.rollback.by}`);
  return unknown('decided', 'Nobody decided to take the candidate back');
}

function ofRollback(facts: Facts, rollback: RollbackView | null): Milestone[] {
  if (!rollback) {
    const why = 'There was no rollback';
    return [unknown('acted', why), goneFromCells(facts, null, why), unknown('recovered', why)];
  }
  const source = [evidence('rollback')];
  const switching = rollback.steps.filter((s) => s.work.kind === 'restore' || s.work.kind === 'serve');
  const ends = switching.flatMap((s) => (isOver(s) && s.endedAt !== null ? [s.endedAt] : []));
  const acted =
    switching.length > 0 && ends.length === switching.length
      ? at('acted', latest(ends), source)
      : unknown('acted', 'Not every step that switches the flags is done', source);
  return [acted, propagatedOf(facts, rollback, acted.at), recoveredOf(facts, rollback)];
}

const isOver = ({ state }: RollbackStep): boolean => state === 'done' || state === 'left';
const latest = (times: string[]): string => times.reduce((a, b) => (Date.parse(a) >= Date.parse(b) ? a : b));

/** When telemetry showed nobody served; where no step shows it, the end of the last step with the candidate in it. */
function propagatedOf(facts: Facts, rollback: RollbackView, actedAt: string | null): Milestone {
  const exposure = rollback.steps.find((s) => s.work.kind === 'exposure');
  if (exposure?.state === 'done' && exposure.endedAt) {
    return at('propagated', exposure.endedAt, [evidence('rollback')], exposure.detail);
  }
  const why = exposure ? `The step that shows it is ${exposure.state}` : 'No step shows that nobody is served it';
  return actedAt === null ? unknown('propagated', why, [evidence('rollback')]) : goneFromCells(facts, actedAt, why);
}

function goneFromCells(facts: Facts, actedAt: string | null, why: string): Milestone {
  let last: { at: number; until: number; criterion: string } | null = null;
  let heardUntil = 0;
  for (const { criterion, stepMs, cells } of facts.measured)
    for (const cell of cells) {
      if (!(cell.n > 0)) continue;
      if (cell.version !== facts.candidate) heardUntil = Math.max(heardUntil, cell.at);
      else if (last === null || cell.at > last.at)
        last = { at: cell.at, until: cell.at + stepMs, criterion: criterion.name };
    }
  // A silence of everybody proves nothing: the baseline must have been heard afterwards.
  if (last === null) return unknown('propagated', `${why}; telemetry shows no request of the candidate`);
  if (heardUntil < last.until)
    return unknown('propagated', `${why}; the candidate was seen to the end of what is told`);
  const until = Math.max(last.until, actedAt === null ? 0 : Date.parse(actedAt));
  return at(
    'propagated',
    new Date(until).toISOString(),
    [evidence(`measured/${last.criterion}`)],
    `${why}; this is the end of the last step in which telemetry shows the candidate`,
  );
}

function recoveredOf(facts: Facts, rollback: RollbackView): Milestone {
  const proven = facts.events.find((e) => e.kind === 'rollback.verified' && e.data.rollbackId === rollback.id);
  const source: Source[] = proven ? [{ kind: 'event', seq: proven.seq }, evidence('rollback')] : [evidence('rollback')];
  if (rollback.state !== 'verified')
    return unknown('recovered', `The rollback is ${rollback.state}, not verified`, source);
  const criteria = rollback.steps.find((s) => s.work.kind === 'criteria');
  if (criteria?.state === 'done' && criteria.endedAt) return at('recovered', criteria.endedAt, source, criteria.detail);
  const when = rollback.endedAt ?? proven?.at;
  return when
    ? at('recovered', when, source, 'when the rollback was proven; no criterion was seen to come back')
    : unknown('recovered', 'When the rollback was proven is not recorded', source);
}

/** A run's clocks were written down, or corrected by a person; nothing is estimated. */
function ofRun(facts: Facts, run: RunView): Milestone[] {
  const source = [evidence('run')];
  const clock = (name: RunView['clocks'][number]['name']) => run.clocks.find((c) => c.name === name);
  const one = (name: MilestoneName, when: string | null | undefined, why: string): Milestone =>
    when ? at(name, when, source) : unknown(name, why, source);
  const said = facts.events.find((e) => e.kind === 'drill.injected');
  const onset = one('onset', clock('detect')?.from, 'No fault began in this run');
  return [
    one('started', run.startedAt, 'The run has not begun'),
    { ...onset, sources: said ? [{ kind: 'event', seq: said.seq }, ...source] : source },
    one('detected', clock('detect')?.to, 'No verdict failed in this run'),
    one('decided', clock('decide')?.to, 'Nobody decided in this run'),
    one('acted', clock('actuate')?.to, 'The flags were not switched back in this run'),
    one('propagated', clock('propagate')?.to, 'Nothing showed that nobody was served it'),
    one('recovered', clock('recover')?.to, 'The criteria were not seen to come back'),
  ];
}
