/** Steps from the plan to the database and back: orders by people, a rollback, and whoever dies in between. */
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrationStep } from '@/drizzle/schema/migration';
import { rollout } from '@/drizzle/schema/rollout';
import { testDatabase } from '@/e2e/database';
import { planText } from '@/e2e/design-plan';
import { startService } from '@/e2e/migration-service';
import type { Actor } from '@/lib/access/model';
import { openDatabase } from '@/lib/db';
import { BelayError } from '@/lib/errors';
import { history } from '@/lib/event/event';
import { putCohort, putFeature } from '@/lib/feature/feature';
import { apply } from '@/lib/rollout/act/apply';
import { parsePlan } from '@/lib/rollout/plan/plan';
import { createRollout, deleteRollout, editRollout, perform } from '@/lib/rollout/rollout';
import { findRollout } from '@/lib/rollout/store';
import { Secret } from '@/lib/webhook/secret';
import { createWebhook, listWebhooks, removeWebhook } from '@/lib/webhook/target';
import { runStatements } from './database';
import {
  backlog,
  confirmMigration,
  dueMigrations,
  migrationsOf,
  orderMigration,
  revertMigration,
  revertsOf,
  runCheck,
  stepMigration,
  unappliedFor,
} from './migration';
import type { Check } from './model';
import { createDatabase, getDatabase, listDatabases, putDatabase, removeDatabase } from './target';

const house = testDatabase();
const ctx = () => house.context();
const name = `shop_${randomBytes(6).toString('hex')}`;
let shop: ReturnType<typeof openDatabase>;
let url = '';
let service: Awaited<ReturnType<typeof startService>>;
const home = () => ({ db: house.database().db, now: () => new Date() });

beforeAll(async () => {
  await house.database().sql.unsafe(`create database ${name}`);
  url = house.url().replace(/\/[^/]+$/, `/${name}`);
  shop = openDatabase(url, { name: 'test', max: 2 });
  service = await startService();
  await createDatabase(ctx(), { name: 'shop', url });
  const hook = await createWebhook(ctx(), { name: 'mover', url: service.url, allowPrivate: true });
  service.trust(Secret.parse(hook.secret));
  for (const key of ['internal', 'beta']) await putCohort(ctx(), { key, rules: [{ attribute: 'plan', in: [key] }] });
});
afterAll(async () => {
  await shop.close();
  await service.close();
  await house.database().sql.unsafe(`drop database ${name} with (force)`);
});
beforeEach(async () => {
  await shop.sql.unsafe('drop table if exists item; create table item (id int)');
  service.play(null);
  service.checks({ ok: true });
});

const sql = (statements: string) => ({ kind: 'sql', database: 'shop', statements });
const call = { kind: 'webhook', webhook: 'mover', body: { table: 'item' }, timeoutMs: 400 };
const manual = { kind: 'manual', text: 'Press the button' };
const column: object = {
  name: 'column',
  kind: 'expand',
  owner: 'orders team',
  apply: sql('alter table item add column note text'),
  revert: sql('alter table item drop column note'),
};
const fill: object = {
  name: 'fill',
  kind: 'backfill',
  owner: 'data team',
  apply: call,
  revert: call,
  dependsOn: ['column'],
  check: {
    kind: 'sql',
    name: 'no-empty-notes',
    database: 'shop',
    query: 'select id from item where id < 0',
    onFailure: 'Run the backfill once more.',
  },
};
const drop: object = {
  name: 'drop',
  kind: 'contract',
  owner: 'orders team',
  apply: sql('alter table item drop column id'),
  irreversible: true,
  dependsOn: ['fill'],
};

let features = 0;
async function draft(migrations: object[]): Promise<string> {
  const feature = `feature-${++features}`;
  const versions = { control: false, treatment: true };
  await putFeature(ctx(), { key: feature, owner: 'payments', versions, baseline: 'control' });
  return (await createRollout(ctx(), { ...planOf(feature), migrations })).id;
}
const planOf = (feature: string) => JSON.parse(JSON.stringify(parsePlan(planText.replace('new-checkout', feature))));
const refusal = async (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => {
      if (!(error instanceof BelayError)) throw error;
      return `${error.code}: ${error.fields.map((f) => `${f.field} ${f.message}`).join('; ') || error.message}`;
    },
  );
const view = async (id: string, step: string) => {
  const found = (await migrationsOf(ctx(), id)).find((m) => m.name === step);
  if (!found) throw new Error(`there is no step ${step}`);
  return found;
};
const order = (id: string, step: string, way: 'apply' | 'revert' = 'apply') =>
  orderMigration(ctx(), id, step, way, { reason: 'test' });
/** Everything that is due is carried on, as the worker does. */
async function work(): Promise<void> {
  for (const id of await dueMigrations(home().db, new Date(Date.now() + 3_600_000))) {
    await home()
      .db.update(migrationStep)
      .set({ dueAt: new Date(0) })
      .where(eq(migrationStep.id, id));
    await stepMigration(ctx(), id);
  }
}
const applied = async (id: string, ...steps: string[]) => {
  for (const step of steps) {
    await order(id, step);
    await work();
    expect(await view(id, step)).toMatchObject({ state: 'applied', detail: expect.any(String) });
  }
};
const columns = async () =>
  (await shop.sql`select column_name as c from information_schema.columns where table_name = 'item'`).map((r) => r.c);
const setState = (id: string, state: 'draft' | 'running' | 'rolled_back' | 'completed', stage = 0) =>
  home().db.update(rollout).set({ state, stage }).where(eq(rollout.id, id));

describe('a plan', () => {
  test('is refused by field where it names what is not there', async () => {
    const bad = { ...column, apply: { ...call, webhook: 'nobody' }, dependsOn: ['rol_x/y'] };
    expect(await refusal(draft([bad, { ...fill, check: null, apply: { ...sql('x'), database: 'none' } }]))).toBe(
      [
        'bad_input: migrations[0].apply.webhook there is no webhook nobody',
        'migrations[1].apply.database there is no database none',
        'migrations[0].dependsOn[0] there is no step rol_x/y',
      ].join('; '),
    );
  });

  test('makes no circle with the plans of others', async () => {
    const one = await draft([column]);
    const two = await draft([{ ...column, name: 'other', dependsOn: [`${one}/column`] }]);
    const { feature } = await view(one, 'column');
    const edit = (dependsOn: string[]) =>
      editRollout(ctx(), one, { ...planOf(feature), migrations: [{ ...column, dependsOn }] });
    expect(await refusal(edit([`${two}/other`]))).toBe(
      `bad_input: migrations[0].dependsOn[0] makes a circle: column → ${two}/other → column`,
    );
    expect(await refusal(editRollout(ctx(), one, planOf(feature)))).toBe(
      `bad_input: migrations column cannot go: ${two}/other depends on it`,
    );
    expect(await refusal(deleteRollout(ctx(), one))).toMatch(/depends on it/);
    await deleteRollout(ctx(), two);
    await deleteRollout(ctx(), one);
  });

  test('of a draft may be edited, but for what is applied', async () => {
    const id = await draft([column, fill]);
    await applied(id, 'column');
    const { feature } = await view(id, 'column');
    const edit = (migrations: object[]) => editRollout(ctx(), id, { ...planOf(feature), migrations });
    expect(await refusal(edit([fill]))).toMatch(/column is applied: revert it before it is taken out/);
    expect(await refusal(edit([{ ...column, apply: sql('select 1') }]))).toMatch(/migrations\[0\].apply/);
    expect(await refusal(deleteRollout(ctx(), id))).toMatch(/column is applied/);
    await edit([{ ...column, owner: 'somebody else' }]);
    expect((await migrationsOf(ctx(), id)).map((m) => `${m.name} ${m.owner}`)).toEqual(['column somebody else']);
  });
});

describe('an order', () => {
  test('is carried out in the order of the dependencies, and each is told of', async () => {
    const id = await draft([drop, fill, column]);
    expect((await migrationsOf(ctx(), id)).map((m) => m.name)).toEqual(['column', 'fill', 'drop']);
    expect(await refusal(order(id, 'fill'))).toBe(`conflict: fill cannot be applied now: it needs ${id}/column first`);
    await applied(id, 'column');
    expect(await columns()).toContain('note');
    expect(await refusal(order(id, 'column'))).toMatch(/applied already/);
    await applied(id, 'fill');
    expect(service.effects.at(-1)).toMatchObject({ type: 'belay.migration.apply', step: 'fill' });
    expect(await refusal(order(id, 'drop'))).toMatch(/must have completed first/);
    expect(await refusal(order(id, 'column', 'revert'))).toMatch(/fill stands on it/);
    const told = await history(ctx(), { rolloutId: id });
    expect(told.filter((e) => e.kind.startsWith('migration.')).map((e) => e.kind)).toEqual([
      'migration.applied',
      'migration.ordered',
      'migration.applied',
      'migration.ordered',
    ]);
    await setState(id, 'completed');
    expect(await refusal(order(id, 'column', 'revert'))).toMatch(/the candidate is being served and needs it/);
    await applied(id, 'drop');
  });

  test('that fails says why and what to do, and may be given again', async () => {
    const id = await draft([{ ...column, apply: sql('alter table nothing add column note text') }]);
    await order(id, 'column');
    await work();
    expect(await view(id, 'column')).toMatchObject({
      state: 'failed',
      applied: false,
      detail: 'shop: relation "nothing" does not exist (42P01)',
      next: 'Nothing was changed. Correct the statements in the plan, or the data, and apply again. Ask orders team.',
    });
    const { feature } = await view(id, 'column');
    await editRollout(ctx(), id, { ...planOf(feature), migrations: [column] });
    await applied(id, 'column');
  });

  test('whose check fails says what it found; the check alone runs again', async () => {
    await shop.sql.unsafe('insert into item values (-7)');
    const id = await draft([column, fill]);
    await applied(id, 'column');
    const before = service.effects.length;
    await order(id, 'fill');
    await work();
    expect(await view(id, 'fill')).toMatchObject({
      state: 'failed',
      applied: true,
      detail: 'no-empty-notes does not hold: no row expected, found at least one: id = -7',
      next: 'Run the backfill once more. Ask data team.',
    });
    expect(await unappliedFor(home().db, { id }, 0)).toEqual(['fill']);
    await shop.sql.unsafe('delete from item');
    await applied(id, 'fill');
    expect(service.effects.length).toBe(before + 1);
  });

  test('for a person waits until somebody says that it is done', async () => {
    const id = await draft([{ ...column, apply: manual, revert: manual }]);
    expect(await order(id, 'column')).toMatchObject({ state: 'applying', next: expect.stringContaining('Press') });
    await work();
    expect(await view(id, 'column')).toMatchObject({ state: 'applying' });
    await confirmMigration(ctx(), id, 'column', { note: 'pressed it' });
    await work();
    expect(await view(id, 'column')).toMatchObject({ state: 'applied' });
    expect(await refusal(confirmMigration(ctx(), id, 'column', { note: 'again' }))).toMatch(/does not wait/);
    await order(id, 'column', 'revert');
    expect(await confirmMigration(ctx(), id, 'column', { note: 'let go' })).toMatchObject({ state: 'reverted' });
  });

  test('has one effect when its answer is lost, and goes on while the service works', async () => {
    for (const kind of ['resets_after_applying', 'hangs_after_applying'] as const) {
      const id = await draft([column, fill]);
      await applied(id, 'column');
      const before = service.effects.length;
      service.play({ kind });
      await order(id, 'fill');
      await work();
      expect(await view(id, 'fill')).toMatchObject({ state: 'applying', detail: expect.stringContaining('not known') });
      await work();
      expect(await view(id, 'fill')).toMatchObject({ state: 'applied' });
      expect(service.effects.length).toBe(before + 1);
      await shop.sql.unsafe('alter table item drop column note');
    }
    const id = await draft([column, fill]);
    await applied(id, 'column');
    service.play({ kind: 'works_on', times: 2 });
    await order(id, 'fill');
    for (let i = 0; i < 2; i++) {
      await work();
      expect(await view(id, 'fill')).toMatchObject({ state: 'applying', detail: 'the service is at it: half' });
    }
    await work();
    expect(await view(id, 'fill')).toMatchObject({ state: 'applied' });
    expect(new Set(service.asked.slice(-3).map((a) => a.key)).size).toBe(1);
    expect(service.counts.unsigned).toBe(0);
  });

  test.each([
    [409, { detail: 'newer' }, 'failed', 'it answered 409: newer'],
    [422, {}, 'failed', 'it answered 422'],
    [200, { state: 'failed', detail: 'no disk' }, 'failed', 'the service says that it failed: no disk'],
    [503, {}, 'applying', 'it answered 503'],
    [429, {}, 'applying', 'it answered 429'],
  ])('that is answered %i %j is %s', async (status, body, state, detail) => {
    const id = await draft([{ ...fill, dependsOn: [], check: null }]);
    service.play({ kind: 'answers', status, body, times: 1 });
    await order(id, 'fill');
    await work();
    expect(await view(id, 'fill')).toMatchObject({ state, detail, next: expect.stringMatching(/\w/) });
    if (state === 'failed') return;
    await work();
    expect(await view(id, 'fill')).toMatchObject({ state: 'applied' });
  });

  test('is carried on by one worker; who lost it writes nothing', async () => {
    const slow = { ...column, apply: sql('select pg_sleep(1); alter table item add column note text') };
    const id = await draft([slow]);
    const { id: step } = await order(id, 'column');
    const first = stepMigration(ctx(), step);
    await expect
      .poll(async () => (await shop.sql`select 1 from pg_stat_activity where query like 'do $q%'`).length)
      .toBe(1);
    await stepMigration(ctx(), step);
    expect(await view(id, 'column')).toMatchObject({ state: 'applying' });
    // The lease is gone, as after a long pause: another one takes over, and finds the work done once.
    await home().db.update(migrationStep).set({ leaseUntil: null }).where(eq(migrationStep.id, step));
    await Promise.all([first, stepMigration(ctx(), step)]);
    expect(await view(id, 'column')).toMatchObject({ state: 'applied' });
    const told = await history(ctx(), { rolloutId: id });
    expect(told.filter((e) => e.kind === 'migration.applied')).toHaveLength(1);
  });

  test('that excludes another is never taken together with it', async () => {
    const fillByHand = { ...fill, apply: manual, revert: manual, check: null };
    const quick = { ...column, apply: manual, revert: manual };
    const ids = await Promise.all(Array.from({ length: 10 }, () => draft([quick, fillByHand])));
    for (const id of ids) await order(id, 'column').then(() => confirmMigration(ctx(), id, 'column', { note: 'x' }));
    await work();
    const taken = await Promise.all(
      ids.map(async (id) => {
        const both = await Promise.allSettled([order(id, 'column', 'revert'), order(id, 'fill')]);
        return both.filter((o) => o.status === 'fulfilled').length;
      }),
    );
    expect(taken).toEqual(ids.map(() => 1));
  });

  test('to go on with a stage is refused until its steps are applied', async () => {
    const id = await draft([column, { ...fill, stage: 'beta', dependsOn: [] }]);
    expect(await refusal(perform(ctx(), id, 'start', { reason: 'go' }))).toMatch(/column: apply first/);
    // Whoever has looked before the step was taken back is refused under the lock, people and rules alike.
    const seen = (await findRollout(home().db, id)) as NonNullable<Awaited<ReturnType<typeof findRollout>>>;
    const late = apply(ctx(), seen, { kind: 'start' }, { reason: 'go', evidence: null });
    expect(await refusal(late)).toBe('conflict: Migrations that it needs are not applied: column');
    await applied(id, 'column');
    await perform(ctx(), id, 'start', { reason: 'go' });
    expect(await refusal(perform(ctx(), id, 'widen', { reason: 'go' }))).toMatch(/fill: apply first/);
    expect(await refusal(order(id, 'column', 'revert'))).toMatch(/candidate is being served/);
    await applied(id, 'fill');
    await perform(ctx(), id, 'widen', { reason: 'go' });
  });
});

describe('a rollback', () => {
  const key = (id: string, step: string) => `rb_of_${id}/revert/${step}`;
  const fence = async () => Number((await house.database().sql`select nextval('plane_fence') as f`)[0]?.f);
  const plans = (id: string) => home().db.transaction((tx) => revertsOf(tx, id));
  const back = async (id: string, step: string, over: { ticked?: boolean; key?: string } = {}) => {
    const { id: migration } = await view(id, step);
    return revertMigration(home(), { migration, key: key(id, step), fence: await fence(), ticked: false, ...over });
  };

  test('takes back what was applied in the opposite order, once, however often it is asked', async () => {
    const id = await draft([column, fill]);
    await applied(id, 'column', 'fill');
    const before = service.effects.length;
    await setState(id, 'rolled_back');
    expect((await plans(id)).map((p) => `${p.name} ${p.how} ${p.standsOn}`)).toEqual([
      'fill webhook null',
      'column sql null',
    ]);
    expect(await back(id, 'column')).toMatchObject({
      kind: 'failed',
      detail: expect.stringContaining('fill stands on'),
    });
    for (const step of ['fill', 'fill', 'column', 'column'])
      expect(await back(id, step)).toMatchObject({ kind: 'done' });
    expect(service.effects.slice(before).map((e) => e.type)).toEqual(['belay.migration.revert']);
    expect(await columns()).toEqual(['id']);
    expect(await plans(id)).toEqual([]);
    expect((await migrationsOf(ctx(), id)).map((m) => m.state)).toEqual(['reverted', 'reverted']);
    expect(await refusal(order(id, 'column'))).toMatch(/rolled back/);
  });

  test('goes on with an answer that was lost, under the same key', async () => {
    const id = await draft([{ ...fill, dependsOn: [], check: null }]);
    await applied(id, 'fill');
    await setState(id, 'rolled_back');
    const before = service.effects.length;
    service.play({ kind: 'hangs_after_applying' });
    expect(await back(id, 'fill')).toMatchObject({ kind: 'wait' });
    expect(await back(id, 'fill')).toMatchObject({ kind: 'done' });
    expect(service.effects.length).toBe(before + 1);
  });

  test('of an apply that nobody has heard of: what was not done never will be, what was done is undone', async () => {
    const id = await draft([column]);
    const { id: step } = await order(id, 'column');
    await setState(id, 'rolled_back');
    await stepMigration(ctx(), step);
    expect(await view(id, 'column')).toMatchObject({ state: 'applying', applied: false });
    expect(await columns()).toEqual(['id']);
    expect(await back(id, 'column')).toMatchObject({
      kind: 'done',
      detail: expect.stringContaining('had not been applied'),
    });
    await stepMigration(ctx(), step);
    expect(await columns()).toEqual(['id']);

    const other = await draft([column]);
    const { id: second } = await order(other, 'column');
    const [row] = await home().db.select().from(migrationStep).where(eq(migrationStep.id, second));
    // The worker dies between the commit there and the row here.
    const statements = 'alter table item add column note text';
    await runStatements({ url, statements, timeoutMs: 5_000, key: `${second}/${row?.generation}/apply` });
    await setState(other, 'rolled_back');
    expect(await back(other, 'column')).toMatchObject({ kind: 'done' });
    expect(await columns()).toEqual(['id']);
  });

  test('leaves what has no way back, what that stands on, and what others stand on', async () => {
    const id = await draft([
      column,
      { ...fill, irreversible: true, check: null },
      { ...column, name: 'free', apply: sql('select 1'), revert: sql('select 1') },
    ]);
    await applied(id, 'column', 'fill', 'free');
    const other = await draft([{ ...fill, check: null, dependsOn: [`${id}/free`] }]);
    await applied(other, 'fill');
    await setState(id, 'rolled_back');
    expect((await plans(id)).map((p) => [p.name, p.irreversible, p.standsOn])).toEqual([
      ['free', false, `${other}/fill`],
      ['fill', true, null],
      ['column', false, `${id}/fill`],
    ]);
    for (const step of ['free', 'fill', 'column']) expect(await back(id, step)).toMatchObject({ kind: 'left' });
    expect((await migrationsOf(ctx(), id)).map((m) => m.state)).toEqual(['left', 'left', 'left']);
    expect(await columns()).toContain('note');
    const told = await history(ctx(), { rolloutId: id, kinds: ['migration.left'] });
    expect(told).toHaveLength(3);
  });

  test('waits for a person where only a person can', async () => {
    const id = await draft([{ ...column, apply: manual, revert: manual }]);
    await order(id, 'column');
    await setState(id, 'rolled_back');
    expect(await back(id, 'column')).toMatchObject({ kind: 'wait', next: expect.stringContaining('If it was begun') });
    expect(await refusal(confirmMigration(ctx(), id, 'column', { note: 'x' }))).toMatch(/part of a rollback/);
    expect(await back(id, 'column', { ticked: true })).toMatchObject({ kind: 'done' });
    expect(await view(id, 'column')).toMatchObject({ state: 'reverted' });
  });

  test('that fails says so, and may be tried again', async () => {
    const id = await draft([{ ...column, revert: sql('alter table item drop column none') }]);
    await applied(id, 'column');
    await setState(id, 'rolled_back');
    for (let i = 0; i < 2; i++)
      expect(await back(id, 'column')).toMatchObject({
        kind: 'failed',
        detail: 'shop: column "none" of relation "item" does not exist (42703)',
        next: 'Nothing was changed. Correct the data and try again. Ask orders team.',
        retryAfterMs: null,
      });
    expect(await view(id, 'column')).toMatchObject({ state: 'failed', applied: true });
    expect((await backlog(ctx())).map((m) => `${m.rolloutId}/${m.name}`)).toContain(`${id}/column`);
  });

  test('goes on with the order of a person that was under way', async () => {
    const id = await draft([column]);
    await applied(id, 'column');
    const { id: step } = await order(id, 'column', 'revert');
    await setState(id, 'rolled_back');
    await Promise.all([back(id, 'column'), stepMigration(ctx(), step)]);
    expect(await view(id, 'column')).toMatchObject({ state: 'reverted' });
    expect(await columns()).toEqual(['id']);
  });
});

describe('a check', () => {
  const of = { key: 'rb_1/check/x', fence: 1, owner: 'orders team' };
  const sqlCheck = (query: string, over: Partial<Check> = {}): Check =>
    ({
      kind: 'sql',
      name: 'rule',
      database: 'shop',
      query,
      expect: 'no_rows',
      timeoutMs: 2_000,
      onFailure: '',
      ...over,
    }) as Check;

  test.each<[string, object | string, string, string]>([
    ['select 1 where false', 'no_rows', 'done', 'rule: no row'],
    [
      'select 1 as a, null as b',
      'no_rows',
      'failed',
      'rule does not hold: no row expected, found at least one: a = 1, b = null',
    ],
    ['select 1', 'rows', 'done', 'rule: at least one row'],
    ['select 1 where false', 'rows', 'failed', 'rule does not hold: at least one row expected, found no row'],
    ['select count(*) from item', { equals: 0 }, 'done', 'rule: "0"'],
    ['select 3.50::numeric', { equals: 3.5 }, 'done', 'rule: "3.50"'],
    [`select 'x'::text`, { equals: 'y' }, 'failed', 'rule does not hold: "y" expected, found "x"'],
    ['select null', { equals: 0 }, 'failed', 'rule does not hold: 0 expected, found null'],
    ['select null', { equals: null }, 'done', 'rule: null'],
    ['select true', { equals: true }, 'done', 'rule: true'],
    [`select ''`, { equals: 0 }, 'failed', 'rule does not hold: 0 expected, found ""'],
    ['values (1), (2)', { equals: 1 }, 'failed', 'rule does not hold: 1 expected, found more than one row'],
    ['select 1 where false', { equals: 1 }, 'failed', 'rule does not hold: 1 expected, found no row'],
  ])('%s, %j: %s', async (query, expectation, kind, detail) => {
    const check = sqlCheck(query, { expect: expectation as 'rows' });
    expect(await runCheck(home(), check, of)).toMatchObject({ kind, detail });
  });

  test('that would write, that is wrong, and that cannot be asked, say so', async () => {
    expect(await runCheck(home(), sqlCheck('delete from item'), of)).toMatchObject({
      kind: 'failed',
      detail: expect.stringMatching(/would write, and PostgreSQL refuses .* read-only transaction/),
      next: expect.stringContaining('Ask orders team.'),
    });
    expect(await runCheck(home(), sqlCheck('select nothing'), of)).toMatchObject({ kind: 'failed' });
    expect(await runCheck(home(), sqlCheck('select 1', { database: 'none' } as Partial<Check>), of)).toMatchObject({
      kind: 'failed',
      next: expect.stringContaining('administrator'),
    });
    const port = new URL(url);
    port.port = '1';
    await createDatabase(ctx(), { name: 'away', url: port.href });
    expect(await runCheck(home(), sqlCheck('select 1', { database: 'away' } as Partial<Check>), of)).toMatchObject({
      kind: 'wait',
      next: expect.stringContaining('away'),
    });
  });

  test('by webhook holds, does not, or says nothing that can be read', async () => {
    const check = {
      kind: 'webhook',
      name: 'rule',
      webhook: 'mover',
      body: {},
      timeoutMs: 2_000,
      onFailure: 'Look.',
    } as const;
    expect(await runCheck(home(), check, of)).toMatchObject({ kind: 'done' });
    service.checks({ ok: false, detail: '3 orders have no owner' });
    expect(await runCheck(home(), check, of)).toMatchObject({
      kind: 'failed',
      detail: 'rule does not hold: 3 orders have no owner',
      next: 'Look. Ask orders team.',
    });
    service.checks({} as { ok: boolean });
    expect(await runCheck(home(), check, of)).toMatchObject({
      kind: 'failed',
      detail: expect.stringContaining('is not'),
    });
  });
});

describe('a registered database', () => {
  const secret = 'correct-horse';
  const given = { name: 'ledger', url: `postgres://belay:${secret}@db.example.test:6543/ledger?sslmode=require` };

  test('is an administrator’s, and its password is in no answer and no event', async () => {
    const made = await createDatabase(ctx(), given);
    expect(made.address).toBe('db.example.test:6543/ledger');
    await putDatabase(ctx(), made.id, { ...given, name: 'ledger2' });
    const seen = [made, await getDatabase(ctx(), made.id), await listDatabases(ctx()), await history(ctx())];
    expect(JSON.stringify(seen)).not.toMatch(/correct-horse|belay:|sslmode/);
    expect(await refusal(createDatabase(ctx(), { ...given, name: 'ledger2' }))).toMatch(/^conflict/);
    expect(await refusal(createDatabase(ctx(), { name: 'x', url: `https://u:${secret}@h/d` }))).not.toMatch(secret);
    const operator: Actor = { kind: 'person', id: 'p', name: 'p', role: 'operator', environment: null };
    const asOperator = house.context({ actor: operator });
    for (const tried of [
      listDatabases(asOperator),
      createDatabase(asOperator, given),
      removeDatabase(asOperator, made.id),
    ])
      expect(await refusal(tried)).toMatch(/^forbidden/);
    await removeDatabase(ctx(), made.id);
  });

  test('stays while a step runs there', async () => {
    await draft([column]);
    const [{ id }] = (await listDatabases(ctx())).filter((d) => d.name === 'shop') as unknown as [{ id: string }];
    expect(await refusal(removeDatabase(ctx(), id))).toMatch(/shop is named by .*column.*, which is not over/);
    expect(await refusal(putDatabase(ctx(), id, { name: 'bazaar', url }))).toMatch(/is named by/);
    await putDatabase(ctx(), id, { name: 'shop', url: `${url}?application_name=x` });
    const [hook] = await listWebhooks(ctx());
    await draft([{ ...fill, dependsOn: [] }]);
    expect(await refusal(removeWebhook(ctx(), hook?.id ?? ''))).toMatch(/mover is named by .*fill/);
  });
});
