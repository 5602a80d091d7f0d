import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { databaseTarget } from '@/drizzle/schema/migration';
import { runbookVersion } from '@/drizzle/schema/runbook';
import { admin, testDatabase } from '@/e2e/database';
import { history } from '@/lib/event/event';
import { putFeature } from '@/lib/feature/feature';
import { createDatabase, putDatabase, removeDatabase } from '@/lib/migration/target';
import { createWebhook, putWebhook, removeWebhook } from '@/lib/webhook/target';
import { defaultRunbook } from './default';
import { getRunbook, listRunbooks, putRunbook, runbookFor, runbookOf, runbookVersions } from './runbook';

const house = testDatabase();
const { context } = house;
let features = 0;
async function newFeature(): Promise<string> {
  const key = `feature-${++features}`;
  await putFeature(context(), {
    key,
    owner: 'payments',
    versions: { control: 1, treatment: 2 },
    baseline: 'control',
  });
  return key;
}
const person = { act: 'person', name: 'tell-support', title: 'Tell support', who: 'on call', blocking: true };
const input = (over: object = {}) => ({
  name: 'Checkout',
  steps: [...defaultRunbook.steps, person],
  reason: 'support asked to be told',
  ...over,
});
const kinds = async (feature: string) =>
  (await history(context(), { feature })).filter((e) => e.kind === 'runbook.changed').map((e) => e.data.version);

beforeAll(async () => {
  await createWebhook(context(), { name: 'purge', url: 'https://hooks.example.test/purge' });
  const at = new Date();
  const url = 'postgres://belay@127.0.0.1/shop';
  await house
    .database()
    .db.insert(databaseTarget)
    .values({ id: 'dbt_shop', name: 'shop', url, createdBy: 'a', createdAt: at, updatedAt: at });
});

describe('a runbook', () => {
  test('a feature that has none is rolled back by the one that comes with Belay', async () => {
    const key = await newFeature();
    expect(await runbookFor(house.database().db, key)).toEqual(defaultRunbook);
    expect(await listRunbooks(context())).toContainEqual({
      ...defaultRunbook,
      feature: key,
      owner: 'payments',
      reason: null,
      by: null,
      at: null,
    });
  });

  test('is at version 1 first; an edit is a version more, and the ones before stay as they were', async () => {
    const key = await newFeature();
    const first = await putRunbook(context(), key, input());
    expect(first).toMatchObject({ version: 1, feature: key, by: admin.name, reason: 'support asked to be told' });
    expect(first.steps.at(-1)).toEqual({ ...person, expected: '', how: '' });
    const second = await putRunbook(context(), key, input({ steps: defaultRunbook.steps, reason: 'no more' }));
    expect(second).toMatchObject({ id: first.id, version: 2, steps: defaultRunbook.steps });
    expect(await getRunbook(context(), first.id)).toEqual(second);
    expect(await runbookVersions(context(), first.id)).toEqual([second, { ...first, name: 'Checkout' }]);
    const used = { id: first.id, name: 'Checkout', version: 2, steps: defaultRunbook.steps };
    expect(await runbookOf(context(), key)).toEqual(used);
    expect(await kinds(key)).toEqual([2, 1]);
  });

  test('said again it is no new version, and there is nothing to tell', async () => {
    const key = await newFeature();
    const first = await putRunbook(context(), key, input());
    expect(await putRunbook(context(), key, input({ reason: 'once more' }))).toEqual(first);
    expect(await kinds(key)).toEqual([1]);
  });

  test('an edit of an older version is refused', async () => {
    const key = await newFeature();
    await putRunbook(context(), key, input({ basedOn: 0 }));
    await putRunbook(context(), key, input({ basedOn: 1, name: 'Checkout of the shop' }));
    await expect(putRunbook(context(), key, input({ basedOn: 1 }))).rejects.toMatchObject({ code: 'conflict' });
    expect((await runbookOf(context(), key)).version).toBe(2);
  });

  test('of many who write at once each gets a version of its own', async () => {
    const key = await newFeature();
    const put = (i: number) => putRunbook(context(), key, input({ name: `by ${i}` }));
    const made = await Promise.all(Array.from({ length: 8 }, (_, i) => put(i)));
    expect(made.map((r) => r.version).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(made.map((r) => r.id)).size).toBe(1);
  });

  test('a version cannot be changed or taken away, not even in SQL', async () => {
    const key = await newFeature();
    const { id } = await putRunbook(context(), key, input());
    const { db } = house.database();
    const cause = { message: 'a version of a runbook is never changed' };
    await expect(db.update(runbookVersion).set({ reason: 'other' })).rejects.toMatchObject({ cause });
    await expect(db.execute(sql`delete from runbook_version where runbook_id = ${id}`)).rejects.toMatchObject({
      cause,
    });
  });

  test('names only webhooks and databases that are registered, by name or id', async () => {
    const key = await newFeature();
    const call = (webhook: string) => ({ act: 'call', name: 'purge', title: 'Purge the cache', webhook });
    const check = { kind: 'sql', name: 'none', query: 'select 1 where false' };
    const look = (database: string) => ({ act: 'check', name: 'look', title: 'Look', check: { ...check, database } });
    const steps = (...more: object[]) => input({ steps: [...defaultRunbook.steps, ...more] });
    await expect(putRunbook(context(), key, steps(call('nobody'), look('nowhere')))).rejects.toMatchObject({
      code: 'bad_input',
      fields: [
        { field: 'steps[6].webhook', message: 'there is no webhook nobody' },
        { field: 'steps[7].check.database', message: 'there is no database nowhere' },
      ],
    });
    expect(await putRunbook(context(), key, steps(call('purge'), look('shop')))).toMatchObject({ version: 1 });
    expect(await putRunbook(context(), key, steps(call('purge'), look('dbt_shop')))).toMatchObject({ version: 2 });
  });

  test('what it names stays registered under that name, until a newer version names it no more', async () => {
    const key = await newFeature();
    const { id } = await createWebhook(context(), { name: 'cdn', url: 'https://hooks.example.test/cdn' });
    const base = await createDatabase(context(), { name: 'orders', url: 'postgres://a:b@127.0.0.1/orders' });
    const call = (webhook: string) => ({ act: 'call', name: 'purge', title: 'Purge', webhook });
    const check = { kind: 'sql', name: 'none', database: 'orders', query: 'select 1 where false' };
    const look = { act: 'check', name: 'look', title: 'Look', check };
    const seen = { act: 'check', name: 'seen', title: 'See', check: { kind: 'webhook', name: 'seen', webhook: id } };
    const put = (...more: object[]) => putRunbook(context(), key, input({ steps: [...defaultRunbook.steps, ...more] }));
    const refused = { code: 'conflict', message: expect.stringContaining(key) };
    const renamed = { name: 'edge', url: 'https://hooks.example.test/cdn' };
    await put(call('cdn'), look);
    await expect(removeWebhook(context(), id)).rejects.toMatchObject(refused);
    await expect(putWebhook(context(), id, renamed)).rejects.toMatchObject(refused);
    await expect(removeDatabase(context(), base.id)).rejects.toMatchObject(refused);
    const other = { name: 'sales', url: 'postgres://a:b@127.0.0.1/orders' };
    await expect(putDatabase(context(), base.id, other)).rejects.toMatchObject(refused);
    await put(seen);
    await removeDatabase(context(), base.id);
    await expect(removeWebhook(context(), id)).rejects.toMatchObject(refused);
    // By its id it is found under any name.
    await putWebhook(context(), id, renamed);
    await put();
    await removeWebhook(context(), id);
  });

  test('of no feature, or without what proves it, there is none', async () => {
    await expect(putRunbook(context(), 'nothing', input())).rejects.toMatchObject({ code: 'not_found' });
    const key = await newFeature();
    await expect(putRunbook(context(), key, input({ steps: [person] }))).rejects.toMatchObject({ code: 'bad_input' });
    await expect(putRunbook(context(), key, input({ reason: ' ' }))).rejects.toMatchObject({
      fields: [{ field: 'reason', message: 'say why' }],
    });
    await expect(getRunbook(context(), 'rbk_none')).rejects.toMatchObject({ code: 'not_found' });
    await expect(runbookVersions(context(), 'rbk_none')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('concerns every environment, so a key of one may not change it', async () => {
    const key = await newFeature();
    const actor = { kind: 'key', id: 'k', name: 'k', role: 'operator', environment: 'staging' } as const;
    await expect(putRunbook(context({ actor }), key, input())).rejects.toMatchObject({ code: 'forbidden' });
  });
});
