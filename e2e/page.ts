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

export async function signIn(page: Page, installation: Installation): Promise<void> {
  await page.goto(installation.signInLink);
  await expect(page).toHaveURL(`${installation.address}/`);
  await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible();
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
  // The title comes with the rest of the stream, now and then after the heading: what reads aloud has it by then.
  await expect(page, `a title of ${page.url()}`).toHaveTitle(/\S/);
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const runner = (window as unknown as { axe: { run: (what: unknown, how: unknown) => Promise<unknown> } }).axe;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const { violations: found } = (await runner.run(document, { runOnly: { type: 'tag', values: tags } })) as {
      violations: Violation[];
    };
    return found.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  });
  expect(violations, `accessibility of ${page.url()}`).toEqual([]);
}

/** Nothing of a page hangs over its edge, once what measures itself has been told of a new width. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const over = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await expect.poll(over, { message: `pixels over the edge of ${page.url()}` }).toBeLessThanOrEqual(0);
}
