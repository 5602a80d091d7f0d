/** One task of a run, done: the effect and what is written of it. Each may be done again after a crash. */
import { asc, eq } from 'drizzle-orm';
import { rollback } from '@/drizzle/schema/rollback';
import type { Tx } from '@/lib/db';
import { BelayError } from '@/lib/errors';
import { lockFeature } from '@/lib/feature/feature';
import { stepRollback } from '@/lib/rollback/rollback';
import { readCriteria } from '@/lib/snapshot/reading';
import { takeSnapshot } from '@/lib/snapshot/take';
import { levelOf } from '../fault/levels';
import { rehearsedRollout } from '../fault/shadow';
import { askPerson, orderFor } from './answer';
import { dryRun } from './dry-run';
import { failingSince } from './evidence';
import { type Also, keep } from './keep';
import type { Evidence, Task } from './machine';
import { proveReturn } from './proof';
import { type RunHome, type RunRow, selectLines } from './run-store';
import { drillRule, takeShadowBack } from './undo';

export async function doTask(home: RunHome, row: RunRow, task: Task, evidence: Evidence): Promise<RunRow> {
  const kept = (also: Also = {}, result = {}) => keep(home, row, { task, evidence, result }, also);
  switch (task.kind) {
    case 'begin':
      return kept({
        say: `Begins: ${row.spec.situation || row.spec.name}`,
        event: row.trigger === 'schedule' ? 'drill.started' : undefined,
      });
    case 'record':
      return recordGood(home, row, task, evidence);
    case 'plan_undo':
      return kept({
        set: { undo: { what: undoText(row), state: 'planned', at: null } },
        say: `Its undo is written down before any fault: ${undoText(row)}`,
      });
    case 'prepare':
      return prepare(home, row, task, evidence);
    case 'send': {
      const sent = await levelFor(row).send(home, row, home.now());
      return kept({ set: { errors: row.errors + sent.errors } }, sent);
    }
    case 'inject':
      return inject(home, row, task, evidence);
    case 'detected':
      return detected(home, row, task, evidence);
    case 'ask':
      return kept({
        beside: askPerson,
        say: 'Asks a person what to do',
        data: { verdict: (await failingSince(home.db, row))?.verdict ?? null },
      });
    case 'order':
      await orderFor(home, row, task.by);
      return row;
    case 'ordered':
      return andOutside(
        home,
        await kept({
          say: await orderText(home, evidence),
          event: row.decision.by === null ? 'drill.decided' : undefined,
        }),
      );
    case 'move':
      return kept({ say: moveText(row, task.to, evidence) });
    case 'prove':
      return prove(home, row, task, evidence);
    case 'stop':
      return kept(row.proof?.detail === task.stop.why ? {} : { say: task.stop.why });
    case 'undo':
      return undo(home, row, task, evidence);
  }
}

/** After the commit: a crash in between is made good by the next one who carries the run on. */
async function andOutside(home: RunHome, kept: RunRow): Promise<RunRow> {
  await levelOf(kept.level)?.outside?.(home, kept);
  return kept;
}

function levelFor(row: RunRow) {
  const level = levelOf(row.level);
  if (!level) throw new BelayError('unsupported', `The level ${row.level} is not there`);
  return level;
}

const undoText = (row: RunRow): string =>
  `take back whatever the drill exposes of ${row.featureKey}, to what was recorded before`;

/** The dry run, then the state of the real environment as it is now. */
async function recordGood(home: RunHome, row: RunRow, task: Task, evidence: Evidence): Promise<RunRow> {
  const refused = await dryRun(home, row);
  if (refused !== null)
    return keep(home, row, { task, evidence, result: { refused } }, { say: `The dry run says no: ${refused}` });
  const criteria = row.level === 'tabletop' ? [] : await readingsOf(home, row);
  const before = async (tx: Tx): Promise<Partial<RunRow>> => {
    if (!(await lockFeature(tx, row.featureKey)))
      throw new BelayError('not_found', `There is no feature ${row.featureKey}`);
    const of = {
      feature: row.featureKey,
      environment: row.environment,
      rolloutId: null,
      cause: 'demand' as const,
      criteria,
    };
    return { knownGood: (await takeSnapshot(tx, home.now(), drillRule, of)).id };
  };
  const say = `The dry run says yes. What is known good in ${row.environment} is recorded.`;
  return keep(home, row, { task, evidence }, { before, say });
}

async function readingsOf(home: RunHome, row: RunRow) {
  const { plan } = await rehearsedRollout(home.db, row.spec);
  const of = { feature: row.featureKey, environment: row.environment, plan, version: plan.baseline };
  return readCriteria(home.db, home.now(), of);
}

async function prepare(home: RunHome, row: RunRow, task: Task, evidence: Evidence): Promise<RunRow> {
  const { ready, sentUntil, rolloutId, shadow, detail } = await levelFor(row).prepare(home, row);
  const last = (await selectLines(home.db, row.id)).at(-1)?.text;
  const result = { ready, sentUntil };
  return keep(
    home,
    row,
    { task, evidence, result },
    { set: { rolloutId, shadow }, ...(last === detail ? {} : { say: detail }) },
  );
}

async function inject(home: RunHome, row: RunRow, task: Task, evidence: Evidence): Promise<RunRow> {
  const { fault, expires } = { fault: row.spec.fault, expires: row.spec.fault?.expiresAfter };
  const harm = [
    fault?.status ? `answer ${fault.status}` : '',
    fault?.latencyMs ? `take ${fault.latencyMs} ms longer` : '',
  ]
    .filter(Boolean)
    .join(' and ');
  const kept = await keep(
    home,
    row,
    { task, evidence },
    {
      say: `The fault begins: ${fault?.share} % of the candidate's requests ${harm}. It ends by itself after ${expires}.`,
      data: { fault },
      event: 'drill.injected',
      beside: async (tx, now, kept) => levelFor(row).arm?.(tx, now, kept),
    },
  );
  return andOutside(home, kept);
}

async function detected(home: RunHome, row: RunRow, task: Task, evidence: Evidence): Promise<RunRow> {
  const failing = await failingSince(home.db, row);
  const { deciding } = failing?.verdict ?? {};
  const what = deciding
    ? `${deciding.criterion} fails${deciding.cohort ? ` in ${deciding.cohort}` : ''}`
    : 'it is to be rolled back';
  const say = `The judge has seen it ${after(row.faultAt, evidence.failingAt)}: ${what}`;
  return keep(home, row, { task, evidence }, { say, data: { deciding: deciding ?? null }, event: 'drill.detected' });
}

function after(from: Date | null, to: Date | null): string {
  return from && to ? `after ${((to.getTime() - from.getTime()) / 1_000).toFixed(1)} s` : '';
}

async function orderText(home: RunHome, { order }: Evidence): Promise<string> {
  const [of] = await home.db
    .select()
    .from(rollback)
    .where(eq(rollback.id, order?.id ?? ''))
    .orderBy(asc(rollback.id));
  return `The rollback is ordered by ${of?.createdBy ?? 'somebody'}: ${of?.reason ?? ''}`;
}

function moveText(row: RunRow, to: RunRow['state'], evidence: Evidence): string {
  if (to === 'propagating') return `The flags are switched ${after(evidence.order?.at ?? null, evidence.switchedAt)}`;
  if (to === 'verifying')
    return `Nobody is served it any more, ${after(evidence.switchedAt, evidence.goneAt) || 'as far as can be seen'}`;
  return row.level === 'tabletop' ? 'The situation is shown, and the clock runs' : `Goes on: ${to}`;
}

async function prove(home: RunHome, row: RunRow, task: Task, evidence: Evidence): Promise<RunRow> {
  const { proof, control } = await proveReturn(home, row);
  return keep(
    home,
    row,
    { task, evidence, result: { proof } },
    { set: { proof, control }, say: proof.detail, data: { ...proof } },
  );
}

async function undo(home: RunHome, row: RunRow, task: Task, evidence: Evidence): Promise<RunRow> {
  const reason = `The drill ends early: ${row.stop?.why || 'it cannot go on'}`.slice(0, 500);
  const rollbackId = await takeShadowBack(home, row, reason);
  const kept = await keep(
    home,
    row,
    { task, evidence },
    {
      set: { rollbackId: row.rollbackId ?? rollbackId },
      say: rollbackId
        ? 'Undone: everything that the drill exposed is taken back'
        : 'Nothing was exposed: there is nothing to undo',
      beside: async (tx, now) => levelOf(row.level)?.disarm?.(tx, now, row.id),
    },
  );
  // As far as it goes at once; whoever carries rollbacks does the rest.
  if (rollbackId) await stepRollback({ ...home, actor: drillRule }, rollbackId).catch(() => {});
  return andOutside(home, kept);
}
