import { beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { history } from '@/lib/event/event';
import { putCohort, putFeature } from '@/lib/feature/feature';
import { createRollout } from '@/lib/rollout/rollout';
import { defaultRunbook } from '@/lib/runbook/default';
import { putRunbook } from '@/lib/runbook/runbook';
import { library } from './library';
import { dataMigrations } from './library/migrations';
import { fillIn } from './model';
import { createTemplate, getTemplate, listTemplates, putTemplate, removeTemplate } from './template';

const house = testDatabase();
const { context } = house;
const feature = 'new-checkout';
const own = { feature, environment: 'production', owner: 'payments', baseline: 'control', candidate: 'treatment' };
const bodyOf = (id: string) => library.find((t) => t.id === id)?.body as object;
let names = 0;
const input = (over: object = {}) => ({ kind: 'criteria', name: `set ${++names}`, body: bodyOf('http-red'), ...over });

beforeAll(async () => {
  const versions = { control: false, treatment: true };
  await putFeature(context(), { key: feature, owner: 'payments', versions, baseline: 'control' });
  await putCohort(context(), { key: 'internal', rules: [{ attribute: 'staff', in: [true] }] });
  await putCohort(context(), { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
});

describe('a template of one’s own', () => {
  test('is saved, listed behind those of Belay, changed and removed, each with its event', async () => {
    const made = await createTemplate(context(), input({ description: ' what we watch ' }));
    expect(made).toMatchObject({ kind: 'criteria', description: 'what we watch', builtin: false });
    const listed = await listTemplates(context());
    expect(listed.slice(0, library.length)).toEqual(library);
    expect(listed).toContainEqual(made);
    expect(await listTemplates(context(), { kind: 'plan' })).not.toContainEqual(made);
    const change = { name: 'other', description: '', body: bodyOf('slo-burn-rate') };
    expect(await putTemplate(context(), made.id, change)).toMatchObject({ ...change, id: made.id, kind: 'criteria' });
    const again = await putTemplate(context(), made.id, change);
    expect(again).toEqual(await getTemplate(context(), made.id));
    await removeTemplate(context(), made.id);
    await expect(getTemplate(context(), made.id)).rejects.toMatchObject({ code: 'not_found' });
    const told = (await history(context(), {})).filter((e) => e.data.id === made.id).map((e) => e.kind);
    expect(told).toEqual(['template.removed', 'template.changed', 'template.created']);
  });

  test('has a name of its own among its kind, also beside those of Belay', async () => {
    const { name } = await createTemplate(context(), input());
    const taken = { code: 'conflict', fields: [{ field: 'name', message: 'is taken by another template' }] };
    await expect(createTemplate(context(), input({ name }))).rejects.toMatchObject(taken);
    const builtin = library.find((t) => t.id === 'http-red');
    await expect(createTemplate(context(), input({ name: builtin?.name }))).rejects.toMatchObject(taken);
    const other = await createTemplate(context(), input());
    const { description, body } = other;
    await expect(putTemplate(context(), other.id, { name, description, body })).rejects.toMatchObject(taken);
    const change = { name: builtin?.name, description, body };
    await expect(putTemplate(context(), other.id, change)).rejects.toMatchObject(taken);
    const plan = await createTemplate(context(), input({ name, kind: 'plan', body: bodyOf('quick-flag') }));
    expect(plan.name).toBe(name);
  });

  test('is checked as what it is, when saved and when changed', async () => {
    const wrong = [{ ...(bodyOf('http-red') as object[])[0], measure: 'quantile' }];
    const fields = [{ field: 'body[0].q' }, { field: 'body[0].of' }];
    await expect(createTemplate(context(), input({ body: wrong }))).rejects.toMatchObject({ fields });
    const { id } = await createTemplate(context(), input());
    const change = { name: 'wrong', body: wrong };
    await expect(putTemplate(context(), id, change)).rejects.toMatchObject({ fields });
    const neither = input({ body: undefined });
    await expect(createTemplate(context(), neither)).rejects.toMatchObject({ fields: [{ field: 'body' }] });
  });

  test('one that comes with Belay can be copied, and neither changed nor removed', async () => {
    const [builtin] = library;
    if (!builtin) throw new Error('the library is empty');
    const { name, description, body } = builtin;
    await expect(putTemplate(context(), builtin.id, { name, description, body })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(removeTemplate(context(), builtin.id)).rejects.toMatchObject({ code: 'conflict' });
    expect(await getTemplate(context(), builtin.id)).toEqual(builtin);
  });

  test('concerns everybody, so a key of one environment may not save one', async () => {
    const actor = { kind: 'key', id: 'k', name: 'k', role: 'operator', environment: 'staging' } as const;
    await expect(createTemplate(context({ actor }), input())).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('taken from what there is', () => {
  test('a plan leaves out what is of its rollout alone, and starts another; its criteria are a set', async () => {
    const plan = { ...bodyOf('quick-flag'), ...own };
    const rollout = await createRollout(context(), plan);
    const made = await createTemplate(context(), { kind: 'plan', name: 'ours', from: rollout.id });
    expect(made.body).toMatchObject({ hypothesis: 'Nobody notices', holdback: 5 });
    for (const field of Object.keys(own)) expect(made.body).not.toHaveProperty(field);
    const { plan: again } = await createRollout(context(), { ...(made.body as object), ...own });
    expect(again).toEqual(rollout.plan);
    const set = await createTemplate(context(), { kind: 'criteria', name: 'our criteria', from: rollout.id });
    expect(set.body).toEqual(rollout.plan.criteria);
  });

  test('a runbook is its steps', async () => {
    const { id } = await putRunbook(context(), feature, { name: 'ours', steps: defaultRunbook.steps, reason: 'mine' });
    const made = await createTemplate(context(), { kind: 'runbook', name: 'our runbook', from: id });
    expect(made.body).toEqual(defaultRunbook.steps);
  });

  test('of what is not there, or may not be seen, there is none', async () => {
    const from = (id: string, kind = 'plan') => createTemplate(context(), { kind, name: `from ${id}`, from: id });
    await expect(from('rol_none')).rejects.toMatchObject({ code: 'not_found' });
    await expect(from('rbk_none', 'runbook')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('what comes with Belay, filled in', () => {
  const words = { 'YOUR-INTERNAL-COHORT': 'internal', 'YOUR-BETA-COHORT': 'beta' };

  test.each(['cautious-flag', 'quick-flag', 'deployment-watch', 'observe-only'])('%s starts a rollout', async (id) => {
    const body = JSON.parse(fillIn(JSON.stringify(bodyOf(id)), words));
    expect(await createRollout(context(), { ...body, ...own })).toMatchObject({ state: 'draft' });
  });

  test('flag-only is the runbook of a feature at once', async () => {
    const steps = bodyOf('flag-only');
    expect(await putRunbook(context(), feature, { name: 'ours', steps, reason: 'a start' })).toMatchObject({ steps });
  });

  test('the SQL that changes a column does, can be taken back, and its checks hold before and after', async () => {
    const { sql } = house.database();
    await sql`create table orders (id int primary key, amount text)`;
    await sql`insert into orders select n, n::text from generate_series(1, 50) n`;
    const real = { YOUR_TABLE: 'orders', YOUR_OLD_COLUMN: 'amount', YOUR_NEW_COLUMN: 'amount_text' };
    const step = (name: string) => dataMigrations.find((m) => m.name === name);
    const run = (action: unknown) =>
      sql.begin((tx) => tx.unsafe(fillIn((action as { statements: string }).statements, real)));
    const check = step('fill-old-rows')?.check as { query: string };
    const found = async () => (await sql.unsafe(fillIn(check.query, real))).length;
    expect(await found()).toBe(0);
    await run(step('add-column')?.apply);
    expect(await found()).toBe(1);
    await sql`update orders set amount_text = amount`;
    expect(await found()).toBe(0);
    await run(step('add-column')?.revert);
    expect(await found()).toBe(0);
    await run(step('add-column')?.apply);
    await run(step('drop-old-column')?.apply);
    expect((await sql`select * from orders limit 1`).columns.map((c) => c.name)).toEqual(['id', 'amount_text']);
  });
});
