import { expect, test } from 'vitest';
import { admin, testDatabase } from '@/e2e/database';
import { conflict } from '@/lib/errors';
import { once, retainAccess } from './access';
import type { Answer } from './idempotency';
import type { Actor } from './model';

const { database, context } = testDatabase();

function counted(answer: Answer = { status: 201, body: { id: 'x', list: [1, null] } }) {
  const run = async () => {
    run.times++;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return answer;
  };
  run.times = 0;
  return run;
}

test('20 tries at once run once and all get the first answer', async () => {
  const run = counted();
  const answers = await Promise.all(Array.from({ length: 20 }, () => once(context(), 'k1', 'POST /a {}', run)));
  expect(run.times).toBe(1);
  expect(answers.filter((a) => !a.replayed)).toHaveLength(1);
  for (const { replayed, ...answer } of answers)
    expect(answer).toEqual({ status: 201, body: { id: 'x', list: [1, null] } });
});

test('another request with the same key conflicts; another actor has keys of their own', async () => {
  const run = counted();
  await once(context(), 'k2', 'POST /a {}', run);
  await expect(once(context(), 'k2', 'POST /b {}', run)).rejects.toMatchObject({ code: 'conflict' });
  await once(context({ actor: { ...admin, id: 'per_other' } as Actor }), 'k2', 'POST /b {}', run);
  expect(run.times).toBe(2);
});

test('a run that failed is not kept: the next try runs', async () => {
  const run = counted();
  const fails = async () => {
    throw conflict('not now');
  };
  await expect(once(context(), 'k3', 'r', fails)).rejects.toThrow('not now');
  expect((await once(context(), 'k3', 'r', run)).replayed).toBe(false);
});

test('a run whose process died is taken over after its lease', async () => {
  const born = Date.parse('2026-03-01T10:00:00Z');
  const at = (ms: number) => context({ now: () => new Date(born + ms) });
  // A process that claims and never comes back.
  void once(at(0), 'k4', 'r', () => new Promise<never>(() => {}));
  await expect
    .poll(async () => (await database().sql`select 1 from idempotent_answer where key like '%k4'`).length)
    .toBe(1);
  const run = counted();
  expect((await once(at(30_001), 'k4', 'r', run)).replayed).toBe(false);
  expect(run.times).toBe(1);
  await retainAccess(database().db, new Date(born + 25 * 60 * 60_000));
  expect(await database().sql`select 1 from idempotent_answer where key like '%k4'`).toHaveLength(0);
});

test.each(['', 'a b', 'ü', 'x'.repeat(201)])('%j is not a key', async (key) => {
  await expect(once(context(), key, 'r', counted())).rejects.toMatchObject({ fields: [{ field: 'Idempotency-Key' }] });
});
