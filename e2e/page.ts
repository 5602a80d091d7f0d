/** A page that fails its test when the browser's console shows an error, and what every journey does with it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test as base, expect, type Page } from '@playwright/test';
import type { Installation } from './installation';

export const test = base.extend({
  page: async ({ page }, use) => {
    const errors = errorsOf(page);
    await use(page);
    expect(errors, 'errors in the console of the browser').toEqual([]);
  },
});

/** What the browser's console shows from now on. */
export function errorsOf(page: Page): string[] {
  const errors: string[] = [];
  page.on('console', (message) => {
    // A refused order is an answer that the page shows; Chromium writes every 4xx down as an error.
    const refusal = /status of 4(00|09)/.test(message.text()) && message.location().url.includes('/api/v1/');
    if (message.type() === 'error' && !refusal) errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => errors.push(error.message));
  return errors;
}

export const desk = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

type Session = Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>;
const sessions = new WeakMap<Installation, Session>();

/** By the link, which works once. */
export async function signIn(page: Page, installation: Installation): Promise<void> {
  await page.goto(installation.signInLink);
  await expect(page).toHaveURL(`${installation.address}/`);
  await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible();
  sessions.set(installation, await page.context().cookies());
}

/** Another page of who has signed in there before, or is signed in now; it opens nothing. */
export async function comeBack(page: Page, installation: Installation): Promise<void> {
  const session = sessions.get(installation);
  if (session) await page.context().addCookies(session);
  else await signIn(page, installation);
}

/** What REST answers with, as far as a journey reads it. */
export type Stored = Record<string, unknown> & { id: string };

/** Through REST with the session of the page, as its buttons do it. A text is YAML, anything else is JSON. */
export async function send<T = Stored>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
  const isText = typeof body === 'string';
  const answer = await page.evaluate(
    async (ask) => {
      const { method: verb, type, text } = ask;
      const sent = await fetch(ask.address, { method: verb, headers: { 'content-type': type }, body: text });
      return { ok: sent.ok, status: sent.status, text: await sent.text() };
    },
    {
      method,
      address: `/api/v1${path}`,
      type: isText ? 'application/yaml' : 'application/json',
      text: body === undefined ? null : isText ? body : JSON.stringify(body),
    },
  );
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text);
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
type Violation = { id: string; help: string; nodes: Array<{ target: unknown[]; failureSummary: string }> };

/** WCAG 2.2 A and AA, as far as a machine can tell; the page's own policy stays in force. */
export async function expectAccessible(page: Page): Promise<void> {
  // Between two pages there is a moment in which one's title is gone and the other's not there: what stays counts.
  const stays = { message: `accessibility of ${page.url()}`, timeout: 10_000 };
  await expect.poll(() => violationsOn(page), stays).toEqual([]);
}

async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const runner = (window as unknown as { axe: { run: (what: unknown, how: unknown) => Promise<unknown> } }).axe;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const { violations: found } = (await runner.run(document, { runOnly: { type: 'tag', values: tags } })) as {
      violations: Violation[];
    };
    return found.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  });
}

/** Nothing of a page hangs over its edge, once what measures itself has been told of a new width. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const over = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await expect.poll(over, { message: `pixels over the edge of ${page.url()}` }).toBeLessThanOrEqual(0);
}
