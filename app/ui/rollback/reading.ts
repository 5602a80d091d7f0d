/** What a rollback comes to, for somebody who has ten seconds: the sentence, what is proven, what to do, how long it took. */

import type { Sentence } from '@/app/ui/rollout/verdict-sentence';
import { short } from '@/app/ui/text/name';
import { formatTook } from '@/lib/chart/format';
import type { RollbackStep, RollbackView } from '@/lib/rollback/model';

type Steps = Pick<RollbackView, 'steps'>;

const over = (step: RollbackStep): boolean => step.state === 'done' || step.state === 'left';

export const proofKinds = ['read_back', 'exposure', 'integrity', 'criteria'] as const;
export type ProofKind = (typeof proofKinds)[number];
export type ProofState = 'proven' | 'open' | 'failed' | 'left' | 'none';
export type Proof = { kind: ProofKind; state: ProofState; detail: string };

/** It has ended without a proof: what is served now is from a later change. */
export function overtaken(rollback: Pick<RollbackView, 'state' | 'endedAt'>): boolean {
  return rollback.state !== 'verified' && rollback.endedAt !== null;
}

/** The four that a rollback is verified by, each with where it stands. */
export function proofsOf(rollback: Steps): Proof[] {
  return proofKinds.map((kind) => {
    const work = kind === 'integrity' ? 'check' : kind;
    const steps = rollback.steps.filter((s) => s.work.kind === work);
    const telling = steps.find((s) => s.state === 'failed') ?? steps.find((s) => !over(s)) ?? steps.at(-1);
    if (!telling) return { kind, state: 'none', detail: '' };
    const state: ProofState =
      telling.state === 'failed'
        ? 'failed'
        : telling.state === 'left'
          ? 'left'
          : telling.state === 'done'
            ? 'proven'
            : 'open';
    const several = kind === 'integrity' && state === 'proven' && steps.length > 1;
    return { kind, state, detail: several ? `all ${steps.length} checks hold` : telling.detail };
  });
}

export type ToDo = { step: string; title: string | null; owner: string | null; text: string; grave: boolean };

/** What people should do now, what is worst first; nothing once it is verified. */
export function todoOf(rollback: Pick<RollbackView, 'steps' | 'state' | 'endedAt'>): ToDo[] {
  if (rollback.state === 'verified' || overtaken(rollback)) return [];
  const grave = (step: RollbackStep) => (step.state === 'failed' ? 0 : 1);
  return rollback.steps
    .filter((step) => step.next !== '' && !over(step))
    .toSorted((a, b) => grave(a) - grave(b))
    .map(({ id, title, owner, next, state }) => ({
      step: id,
      // Said once is enough.
      title: next.includes(title) ? null : title,
      owner: owner !== null && next.includes(owner) ? null : owner,
      text: next,
      grave: state === 'failed',
    }));
}

export type Times = { servedMs: number | null; verifiedMs: number | null };

/** From the decision until the target was served, and until that was proven. */
export function timesOf(rollback: Pick<RollbackView, 'steps' | 'state' | 'decidedAt' | 'endedAt'>): Times {
  const since = (at: string | null | undefined) =>
    at ? Math.max(0, Date.parse(at) - Date.parse(rollback.decidedAt)) : null;
  const serve = rollback.steps.find((s) => s.work.kind === 'serve') ?? rollback.steps.find(restores);
  return {
    servedMs: serve?.state === 'done' ? since(serve.endedAt) : null,
    verifiedMs: rollback.state === 'verified' ? since(rollback.endedAt) : null,
  };
}

const restores = (step: RollbackStep): boolean => step.work.kind === 'restore';

/** The step that stands in the way: what failed before what waits. */
export function obstacleOf(rollback: Steps): RollbackStep | null {
  const open = rollback.steps.filter((s) => !(s.work.kind === 'person' && !s.work.blocking));
  return (
    open.find((s) => s.state === 'failed') ??
    open.find((s) => s.state === 'waiting') ??
    open.find((s) => s.state === 'running') ??
    open.find((s) => s.state === 'pending') ??
    null
  );
}

/** What was seen; a check names itself, which the sentence has done already. */
function seen({ detail, work }: RollbackStep): string {
  const named = work.kind === 'check' ? `${work.check.name} does not hold: ` : '';
  const bare = named !== '' && detail.startsWith(named) ? detail.slice(named.length) : detail;
  return bare === '' ? '' : `: ${bare}`;
}

/** What is not so, in words; the detail of the step says how one knows. */
function trouble(step: RollbackStep): string {
  const { work } = step;
  const failed = step.state === 'failed';
  switch (work.kind) {
    case 'restore':
      return failed ? 'the restore was not carried out' : 'the restore is not carried out yet';
    case 'serve':
      return 'not every process serves it yet';
    case 'revert':
      return `the migration ${short(work.name)} ${failed ? 'could not be reverted' : 'is not reverted yet'}`;
    case 'check':
      return `the check ${short(work.check.name)} ${failed ? 'failed' : 'has no answer yet'}`;
    case 'call':
      return `the call “${short(step.title)}” ${failed ? 'failed' : 'is not answered yet'}`;
    case 'person':
      return `“${short(step.title)}” waits for ${work.who === '' ? 'somebody' : short(work.who)}`;
    case 'read_back':
      return failed ? 'what is served is not what was ordered' : 'what is served has not been read back yet';
    case 'exposure':
      return failed ? 'telemetry does not show it' : 'telemetry does not show it yet';
    case 'criteria':
      return failed ? 'the criteria are not back' : 'the criteria are not back yet';
  }
}

const provenWords: Record<ProofKind, string> = {
  read_back: 'what is served reads back as ordered',
  exposure: 'telemetry shows it',
  integrity: 'every check holds',
  criteria: 'the criteria are back',
};

/** "a, b and c" */
function listed(parts: string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

const ended = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** Whether anybody is still harmed, before what is proven. */
function servedPart(rollback: RollbackView): string {
  const { servedMs } = timesOf(rollback);
  return servedMs === null ? 'Not served again yet.' : `Served again ${formatTook(servedMs)} after the decision.`;
}

function provenPart(rollback: Steps): string {
  const proven = proofsOf(rollback).filter((p) => p.state === 'proven');
  return proven.length === 0 ? 'Nothing is proven yet.' : `Proven: ${listed(proven.map((p) => provenWords[p.kind]))}.`;
}

/** `rule` says what is proven and what is not. */
export function rollbackSentence(rollback: RollbackView): Sentence {
  const { acknowledged, state } = rollback;
  const blocked = obstacleOf(rollback);
  const said = blocked ? `${trouble(blocked)}${seen(blocked)}` : 'it is not over';
  if (state === 'verified') return verified(rollback);
  if (overtaken(rollback))
    return {
      tone: 'warn',
      lead: 'Overtaken:',
      text: 'a later change of this feature has taken its place, so it was never proven.',
      rule: provenPart(rollback),
    };
  if (acknowledged)
    return {
      tone: 'warn',
      lead: `Taken over by ${short(acknowledged.by)},`,
      text: ended(`and not confirmed: ${said}`),
      rule: `${servedPart(rollback)} ${provenPart(rollback)}`,
    };
  if (state === 'unconfirmed')
    return {
      tone: 'bad',
      lead: 'Not confirmed:',
      text: ended(said),
      rule: `${servedPart(rollback)} ${provenPart(rollback)}`,
    };
  return underWay(rollback, blocked, said);
}

/** Whoever is harmed is so no longer once the target is served; the rest is proof. */
function underWay(rollback: RollbackView, blocked: RollbackStep | null, said: string): Sentence {
  const { servedMs } = timesOf(rollback);
  const at = Math.min(rollback.steps.filter(over).length + 1, rollback.steps.length);
  const bad = blocked?.state === 'failed';
  const where = bad ? said : `step ${at} of ${rollback.steps.length}, ${blocked ? trouble(blocked) : said}`;
  const going = rollback.kind === 'restore' ? 'Restoring' : 'Rolling back';
  return {
    tone: bad ? 'bad' : 'warn',
    lead: servedMs === null ? `${going}:` : `Served again after ${formatTook(servedMs)}, not proven yet:`,
    text: ended(where),
    rule: provenPart(rollback),
  };
}

function verified(rollback: RollbackView): Sentence {
  const { verifiedMs } = timesOf(rollback);
  const proofs = proofsOf(rollback);
  const proven = proofs.filter((p) => p.state === 'proven').map((p) => provenWords[p.kind]);
  const left = rollback.steps.filter((s) => s.state === 'left' && s.work.kind === 'revert').map((s) => short(s.title));
  const missing = [
    servedPart(rollback),
    proofs.some((p) => p.kind === 'integrity' && p.state === 'none')
      ? 'No integrity check is declared, so none was made.'
      : '',
    left.length > 0 ? `Left as it is: ${listed(left)}.` : '',
  ];
  return {
    tone: 'good',
    lead: verifiedMs === null ? 'Verified:' : `Verified after ${formatTook(verifiedMs)}:`,
    text: ended(listed(proven)),
    rule: missing.filter(Boolean).join(' '),
  };
}

/** "Everybody; 2 migrations reverted" */
export function whatWentBack(rollback: Pick<RollbackView, 'kind' | 'cohorts' | 'steps'>): string {
  const whom =
    rollback.kind === 'restore'
      ? 'Back to a snapshot'
      : rollback.cohorts.length === 0
        ? 'Everybody'
        : `Only ${rollback.cohorts.map(short).join(', ')}`;
  const reverts = rollback.steps.filter((s) => s.work.kind === 'revert');
  if (reverts.length === 0) return whom;
  const done = reverts.filter((s) => s.state === 'done').length;
  const all = reverts.length === 1 ? '1 migration' : `${reverts.length} migrations`;
  return done === reverts.length ? `${whom}; ${all} reverted` : `${whom}; ${done} of ${all} reverted`;
}
