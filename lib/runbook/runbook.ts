/** Runbooks: what a rollback of a feature carries out. A version is never changed; an edit is a new one. */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { isDrillEnvironment } from '@/lib/drill/model';
import { badInput, conflict, type FieldError, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { getFeature, lockFeature } from '@/lib/feature/feature';
import { newId } from '@/lib/id';
import { fieldPath, parseInput } from '@/lib/input';
import { registered } from '@/lib/named-by';
import { defaultRunbook } from './default';
import { type RunbookOfFeature, type RunbookStep, type RunbookUsed, type RunbookView, runbookInput } from './model';
import { faultsOf } from './order';
import { addVersion, findRunbook, insertRunbook, rehearsesRunbook, selectFeatures, selectVersions } from './store';

/**
 * What a rollback of the feature carries out that is decided now. A rehearsal calls nobody and asks nobody, unless the
 * drill says that its runbook is rehearsed too.
 */
export async function runbookFor(tx: Db | Tx, featureKey: string, environment = ''): Promise<RunbookUsed> {
  if (isDrillEnvironment(environment) && !(await rehearsesRunbook(tx, environment))) return defaultRunbook;
  const own = await findRunbook(tx, { feature: featureKey });
  if (!own) return defaultRunbook;
  const { id, name, version, steps } = own;
  return { id, name, version, steps };
}

/** The first time version 1, then one more each time; what says the same again changes nothing. */
export async function putRunbook(ctx: Context, featureKey: string, input: unknown): Promise<RunbookView> {
  authorise(ctx.actor, 'operate', null);
  const given = parseInput(runbookInput, input);
  const wrong = faultsOf(given.steps);
  if (wrong.length > 0) throw badInput(wrong);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    if (!(await lockFeature(tx, featureKey))) throw notFound('feature', featureKey);
    const before = await findRunbook(tx, { feature: featureKey });
    const version = before?.version ?? 0;
    if (given.basedOn !== undefined && given.basedOn !== version)
      throw conflict(`The runbook of ${featureKey} is at version ${version} meanwhile; look again`);
    if (before && given.name === before.name && same(given.steps, before.steps)) return before;
    await checkTargets(tx, given.steps);
    const id = before?.id ?? newId('rbk', now);
    const row = {
      runbookId: id,
      version: version + 1,
      steps: given.steps,
      reason: given.reason,
      createdBy: ctx.actor.name,
      createdAt: now,
    };
    if (before) await addVersion(tx, given.name, row);
    else await insertRunbook(tx, { id, featureKey, name: given.name, version: 1, createdAt: now, updatedAt: now }, row);
    await record(tx, now, ctx.actor, {
      kind: 'runbook.changed',
      reason: given.reason,
      feature: featureKey,
      data: { id, name: given.name, version: row.version, before: before?.version ?? null, steps: given.steps },
    });
    const { steps, reason, createdBy: by } = row;
    return {
      id,
      name: given.name,
      feature: featureKey,
      version: row.version,
      steps,
      reason,
      by,
      at: now.toISOString(),
    };
  });
}

const same = (a: RunbookStep[], b: RunbookStep[]) => JSON.stringify(a) === JSON.stringify(b);

/** A webhook or database that nobody has registered would stop the rollback half way. */
async function checkTargets(tx: Tx, steps: RunbookStep[]): Promise<void> {
  const named = steps.flatMap((step, i) => targetsOf(step).map((t) => ({ ...t, path: ['steps', i, ...t.path] })));
  const of = (kind: 'webhook' | 'database') =>
    registered(
      tx,
      kind,
      named.filter((t) => t.kind === kind).map((t) => t.target),
    );
  const known = { webhook: await of('webhook'), database: await of('database') };
  const wrong: FieldError[] = named
    .filter((t) => !known[t.kind].has(t.target))
    .map((t) => ({ field: fieldPath(t.path), message: `there is no ${t.kind} ${t.target}` }));
  if (wrong.length > 0) throw badInput(wrong);
}

function targetsOf(step: RunbookStep): Array<{ kind: 'webhook' | 'database'; target: string; path: string[] }> {
  if (step.act === 'call') return [{ kind: 'webhook', target: step.webhook, path: ['webhook'] }];
  if (step.act !== 'check') return [];
  const { check } = step;
  return check.kind === 'sql'
    ? [{ kind: 'database', target: check.database, path: ['check', 'database'] }]
    : [{ kind: 'webhook', target: check.webhook, path: ['check', 'webhook'] }];
}

/** Every feature, with what a rollback of it would carry out. */
export async function listRunbooks(ctx: Context): Promise<RunbookOfFeature[]> {
  authorise(ctx.actor, 'view');
  return (await selectFeatures(ctx.db)).map(({ feature, owner, own }) =>
    own ? { ...own, owner } : { ...defaultRunbook, feature, owner, reason: null, by: null, at: null },
  );
}

export async function getRunbook(ctx: Context, id: string): Promise<RunbookView> {
  authorise(ctx.actor, 'view');
  const found = await findRunbook(ctx.db, { id });
  if (!found) throw notFound('runbook', id);
  return found;
}

/** What a rollback of the feature would carry out now. */
export async function runbookOf(ctx: Context, featureKey: string): Promise<RunbookUsed> {
  const { key } = await getFeature(ctx, featureKey);
  return runbookFor(ctx.db, key);
}

/** Newest first. */
export async function runbookVersions(ctx: Context, id: string): Promise<RunbookView[]> {
  authorise(ctx.actor, 'view');
  const found = await selectVersions(ctx.db, id);
  if (found.length === 0) throw notFound('runbook', id);
  return found;
}
