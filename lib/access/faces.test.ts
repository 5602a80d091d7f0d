/** Nothing goes round `authorise`: every function of `lib` that takes a Context asks it before it does anything. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Context } from '@/lib/context';
import type { Actor } from './model';

/** Take a Context, and are no way in: each is called by verbs that have asked, or by Belay's own jobs. */
const inner = new Set(['once', 'changeFlags', 'changeSetting']);

const declared = /export (?:async )?function (\w+)(?:<[^>]*>)?\(\s*ctx: Context\b/g;
const faces = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .flatMap((file) =>
    [...readFileSync(join('lib', file), 'utf8').matchAll(declared)].map(([, name]) => ({ file, name })),
  )
  .filter(({ name }) => !inner.has(name ?? ''));

const nobody: Actor[] = [
  { kind: 'key', id: 'k', name: 'k', role: 'ingest', environment: null },
  { kind: 'key', id: 'k', name: 'k', role: 'evaluate', environment: 'production' },
  { kind: 'loopback', id: 'loopback', name: 'loopback', environment: null },
];

function untouchable(what: string): never {
  return new Proxy(Object.create(null), {
    get: () => {
      throw new Error(`${what} was used before anybody was asked`);
    },
  }) as never;
}

test('there are faces to ask', () => {
  expect(faces.length).toBeGreaterThan(40);
});

test.each(faces)('$file $name', async ({ file, name }) => {
  const verb = (await import(join(process.cwd(), 'lib', file)))[name ?? ''] as (...args: unknown[]) => Promise<unknown>;
  for (const actor of nobody) {
    const ctx: Context = {
      db: untouchable('the database'),
      now: () => new Date(0),
      enqueue: async () => untouchable('the queue'),
      actor,
    };
    const code = actor.kind === 'loopback' ? 'unauthenticated' : 'forbidden';
    // Some verbs refuse at once, some through their promise.
    const asked = async () => verb(ctx, 'x', 'x', 'x', 'x');
    await expect(asked()).rejects.toMatchObject({ code });
  }
});
