/** Migration steps and registered databases over REST. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planText } from '@/e2e/design-plan';
import { dueMigrations, stepMigration } from '@/lib/migration/migration';
import type { DatabaseView, MigrationView } from '@/lib/migration/model';
import type { RolloutView } from '@/lib/rollout/model';
import { call, testConsole } from './console';

const house = testConsole();
const name = `rest_${randomBytes(6).toString('hex')}`;
let admin = '';
let operator = '';
let viewer = '';
let database: DatabaseView;
let url = '';

beforeAll(async () => {
  [admin, operator, viewer] = [
    await house.newKey('admin'),
    await house.newKey('operator'),
    await house.newKey('viewer'),
  ];
  await house.database().sql.unsafe(`create database ${name}`);
  url = house.url().replace(/\/[^/]+$/, `/${name}`);
  const made = await call('POST', '/databases', { key: admin, body: { name: 'orders', url } });
  expect(made.status, made.text).toBe(201);
  database = made.body as DatabaseView;
  const versions = { control: 0, treatment: 1 };
  const body = { key: 'new-checkout', owner: 'payments', versions, baseline: 'control' };
  await call('PUT', '/features/new-checkout', { key: operator, body });
  for (const key of ['internal', 'beta'])
    await call('PUT', `/cohorts/${key}`, { key: operator, body: { key, rules: [{ attribute: 'plan', in: [key] }] } });
});
afterAll(() => house.database().sql.unsafe(`drop database ${name} with (force)`));

const step = `
migrations:
  - { name: table, kind: expand, owner: orders,
      apply: { kind: sql, database: orders, statements: create table item (id int) },
      revert: { kind: sql, database: orders, statements: drop table item },
      check: { kind: sql, name: there, database: orders, query: select count(*) from item, expect: { equals: 0 } } }
  - { name: tell, kind: switch, owner: support, dependsOn: [table], stage: beta,
      apply: { kind: manual, text: Tell support }, revert: { kind: manual, text: Tell them otherwise } }
`;
const work = async () => {
  for (const id of await dueMigrations(house.database().db, new Date())) await stepMigration(house.context(), id);
};

describe('a step', () => {
  test('is declared in a plan, applied, confirmed and taken back', async () => {
    const headers = { 'content-type': 'application/yaml' };
    const made = await call('POST', '/rollouts', { key: operator, headers, body: `${planText}${step}` });
    expect(made.status, made.text).toBe(201);
    const { id } = made.body as RolloutView;
    const at = (path: string) => `/rollouts/${id}/migrations${path}`;
    const start = await call('POST', `/rollouts/${id}/start`, { key: operator, body: { reason: 'go' } });
    expect([start.status, start.text]).toEqual([409, expect.stringContaining('table')]);

    const idempotent = { 'idempotency-key': 'one' };
    const body = { reason: 'go' };
    const ordered = await call('POST', at('/table/apply'), { key: operator, headers: idempotent, body });
    expect(ordered.body).toMatchObject({ state: 'applying' });
    await work();
    expect((await call('POST', at('/table/apply'), { key: operator, headers: idempotent, body })).status).toBe(200);
    expect((await call('POST', at('/table/apply'), { key: operator, body })).status).toBe(409);
    expect((await call('POST', `/rollouts/${id}/start`, { key: operator, body })).status).toBe(200);
    await call('POST', at('/tell/apply'), { key: operator, body });
    await call('POST', at('/tell/confirm'), { key: operator, body: { note: 'told them' } });
    await work();
    const all = (await call('GET', at(''), { key: viewer })).body as MigrationView[];
    expect(all.map((m) => [m.name, m.state])).toEqual([
      ['table', 'applied'],
      ['tell', 'applied'],
    ]);
    expect((await call('GET', '/migrations', { key: viewer })).body).toEqual(all);
    expect((await call('POST', at('/table/revert'), { key: operator, body })).status).toBe(409);
    expect((await call('POST', at('/tell/revert'), { key: operator, body })).body).toMatchObject({
      state: 'reverting',
    });
  });

  test('is ordered by who may operate, with a reason, and only where it is', async () => {
    const [{ rolloutId }] = (await call('GET', '/migrations', { key: viewer })).body as [MigrationView];
    const at = `/rollouts/${rolloutId}/migrations/table`;
    for (const verb of ['apply', 'revert', 'confirm']) {
      const body = verb === 'confirm' ? { note: 'x' } : { reason: 'x' };
      expect((await call('POST', `${at}/${verb}`, { key: viewer, body })).status).toBe(403);
      expect((await call('POST', `${at}/${verb}`, { body })).status).toBe(401);
      expect((await call('POST', `${at}/${verb}`, { key: operator, body: {} })).status).toBe(400);
      expect((await call('POST', `${at}x/${verb}`, { key: operator, body })).status).toBe(404);
    }
    const staging = await house.newKey('operator', 'staging');
    expect((await call('POST', `${at}/revert`, { key: staging, body: { reason: 'x' } })).status).toBe(403);
    expect((await call('GET', '/migrations', { key: staging })).body).toEqual([]);
  });
});

describe('a database', () => {
  test('answers without its address, and is an administrator’s', async () => {
    const at = `/databases/${database.id}`;
    expect(JSON.stringify(database)).not.toContain(new URL(url).password || '//');
    expect((await call('POST', `${at}/test`, { key: admin })).body).toMatchObject({ ok: true });
    const body = { name: 'orders', url: 'postgres://u:hunter2@127.0.0.1:1/none' };
    expect((await call('PUT', at, { key: admin, body })).body).toMatchObject({ address: '127.0.0.1:1/none' });
    const test = await call('POST', `${at}/test`, { key: admin });
    expect(test.body).toMatchObject({ ok: false });
    expect(test.text).not.toMatch(/hunter2|127/);
    expect((await call('GET', at, { key: admin })).status).toBe(200);
    expect((await call('DELETE', at, { key: admin })).status).toBe(409);
    for (const [method, path] of [
      ['GET', '/databases'],
      ['GET', at],
      ['PUT', at],
      ['DELETE', at],
      ['POST', `${at}/test`],
    ] as const)
      expect((await call(method, path, { key: operator, ...(method === 'PUT' ? { body } : {}) })).status).toBe(403);
    expect((await call('POST', '/databases', { key: admin, body: { name: 'x', url: 'https://h/d' } })).status).toBe(
      400,
    );
  });
});
