/** What strangers can ask of the database, counted by what is asked of it. */
import { beforeEach, expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { rollbackScene, t0 } from '@/e2e/rollback-scene';
import type { Db } from '@/lib/db';
import { followStatus } from './follow';
import type { PublicPage } from './model';
import { freshMs, guesses, guessesOfAll, openPublicDoor } from './public';
import { linkStatusPage, listStatusPages, unlinkStatusPage } from './status';
import { sendUpdate, writeUpdate } from './update';

const store = testDatabase();
const { at, started } = rollbackScene(store);
let asked = 0;
let clock = t0;
const counted = (db: Db): Db =>
  new Proxy(db, {
    get(target, name) {
      if (name === 'select') asked++;
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
const door = () => openPublicDoor({ db: counted(store.database().db), now: () => new Date(clock) });
beforeEach(() => {
  asked = 0;
  clock = t0;
});

async function linked() {
  await followStatus(at(0));
  const { id } = await started();
  await followStatus(at(1));
  const [page] = await listStatusPages(at(1), { subject: { kind: 'rollout', id } });
  if (!page) throw new Error('there is no page');
  const { path } = await linkStatusPage(at(2), page.id, { title: 'Checkout' });
  return { id: page.id, secret: path.slice('/s/'.length) };
}
const told = async (page: string, text: string, seconds: number) => {
  const words = { standing: 'trouble', text, publicText: text };
  const { id } = await writeUpdate(at(seconds), page, words);
  await sendUpdate(at(seconds), id, { basedOn: 0 });
};
const texts = (page: PublicPage | null | 'later') =>
  page === null || page === 'later' ? page : page.updates.map((u) => u.text);
const wrong = (n: number) => n.toString().padStart(40, '0');

test('a crowd at one link asks for it once, and for what it says once in a while', async () => {
  const { id, secret } = await linked();
  await told(id, 'One', 3);
  const { read } = door();
  const seen = await Promise.all(Array.from({ length: 300 }, () => read(secret, 'a')));
  expect(new Set(seen.map((page) => JSON.stringify(page))).size).toBe(1);
  expect(texts(seen[0] ?? null)).toEqual(['One']);
  expect(asked).toBe(2);
  await told(id, 'Two', 4);
  clock += freshMs - 1;
  expect(texts(await read(secret, 'a'))).toEqual(['One']);
  expect(asked).toBe(3);
  clock += 1;
  expect(texts(await read(secret, 'a'))).toEqual(['Two', 'One']);
});

test('revoking holds at once, whatever was shown a moment ago', async () => {
  const { id, secret } = await linked();
  const { read } = door();
  expect(await read(secret, 'a')).not.toBeNull();
  await unlinkStatusPage(at(3), id);
  expect(await read(secret, 'a')).toBeNull();
});

test('guesses are counted for each address; who reads a page already, and who is elsewhere, is not held up', async () => {
  const { secret } = await linked();
  const { read } = door();
  expect(await read(secret, 'reader')).not.toBeNull();
  asked = 0;
  const tried = [];
  for (let i = 0; i < 100; i++) tried.push(await read(wrong(i), 'crawler'));
  expect(tried.filter((page) => page === null)).toHaveLength(guesses.burst);
  expect(tried.slice(guesses.burst).every((page) => page === 'later')).toBe(true);
  expect(asked).toBe(guesses.burst);
  expect(await read(secret, 'crawler')).not.toBe('later');
  expect(await read(wrong(1), 'elsewhere')).toBeNull();
  clock += 3_000;
  expect([await read(wrong(1), 'crawler'), await read(wrong(1), 'crawler')]).toEqual([null, 'later']);
});

test('a good link is no guess, however many there are behind one address', async () => {
  const { secret } = await linked();
  const { read } = door();
  for (let i = 0; i < guesses.burst - 1; i++) await read(wrong(i), 'office');
  expect(await read(secret, 'office')).not.toBe('later');
  expect(await read(wrong(99), 'office')).toBeNull();
  expect(await read(wrong(99), 'office')).toBe('later');
});

test('made-up addresses get no further than all together may', async () => {
  const { secret } = await linked();
  const { read } = door();
  expect(await read(secret, 'reader')).not.toBeNull();
  asked = 0;
  for (let i = 0; i < guessesOfAll.burst + 100; i++) await read(wrong(i), `made up ${i}`);
  expect(asked).toBe(guessesOfAll.burst);
  expect(await read(secret, 'reader')).not.toBe('later');
});

test('what cannot be a secret is asked for nowhere', async () => {
  const { read } = door();
  for (const secret of ['', '../x', 'A'.repeat(40), '0'.repeat(41), `${'0'.repeat(39)}\u0000`])
    expect(await read(secret, 'a')).toBeNull();
  expect(asked).toBe(0);
});
