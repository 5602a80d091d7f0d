/** A rollback of configuration, data and flags: one that is proven, and one whose integrity check fails. */
import { expect, type Page } from '@playwright/test';
import postgres from 'postgres';
import { type Hook, isSigned, openHook } from './hook';
import { type Installation, newDirectory, removeDirectory, startInstallation } from './installation';
import {
  desk,
  errorsOf,
  expectAccessible,
  expectNoSidewaysScroll,
  phone,
  type Stored,
  send,
  signIn,
  test,
} from './page';
import { migratingPlan, startTraffic, type Traffic } from './traffic';

test.describe.configure({ mode: 'serial' });
const dir = newDirectory();
let installation: Installation;
let hook: Hook;
let orders: postgres.Sql;
let page: Page;
let errors: string[];
const traffic: Traffic[] = [];
let secret = '';

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  [installation, hook] = await Promise.all([startInstallation(dir), openHook()]);
  const url = installation.databaseUrl.replace(/\/[^/]*$/, '/orders');
  const admin = postgres(installation.databaseUrl, { max: 1, onnotice: () => {} });
  await admin`create database orders`;
  await admin.end();
  orders = postgres(url, { max: 1, onnotice: () => {} });
  await orders`create table orders (id int primary key, items int not null)`;
  await orders`create table line (id int primary key, order_id int not null)`;
  await orders`insert into orders values (1, 2), (2, 1)`;
  await orders`insert into line values (1, 1), (2, 1), (3, 2)`;
  page = await browser.newPage({ viewport: desk });
  errors = errorsOf(page);
  await signIn(page, installation);
  await send(page, 'POST', '/databases', { name: 'orders', url });
  const target = await send(page, 'POST', '/webhooks', { name: 'on call', url: hook.url, allowPrivate: true });
  secret = String(target.secret);
  await send(page, 'POST', '/notice-addresses', {
    webhook: target.id,
    kinds: ['rollback_unconfirmed', 'rollback_verified'],
  });
});
test.afterAll(async () => {
  for (const t of traffic) await t.stop();
  await page?.close();
  await orders?.end();
  await hook?.close();
  await installation?.stop();
  removeDirectory(dir);
});

const configured = (timeoutMs: number) => ({
  environment: 'production',
  values: { control: { timeoutMs: 800 }, treatment: { timeoutMs } },
  reason: `treatment gives up after ${timeoutMs} ms`,
});

/** A feature with configuration, a rollout of it with two migrations that are applied, and its traffic. */
async function rollOut(feature: string): Promise<string> {
  const versions = { control: false, treatment: true };
  await send(page, 'PUT', `/features/${feature}`, { key: feature, owner: 'payments', versions, baseline: 'control' });
  await send(page, 'PUT', `/features/${feature}/configuration`, configured(800));
  const running = await startTraffic(installation.otlp, feature);
  traffic.push(running);
  const { id } = await send(page, 'POST', '/rollouts', migratingPlan(feature));
  for (const step of ['column', 'fill']) {
    await send(page, 'POST', `/rollouts/${id}/migrations/${step}/apply`, { reason: 'the new version needs it' });
    await expect
      .poll(async () => {
        const steps = await send<Stored[]>(page, 'GET', `/rollouts/${id}/migrations`);
        return steps.find((s) => s.name === step)?.state;
      })
      .toBe('applied');
  }
  await send(page, 'POST', `/rollouts/${id}/start`, { reason: 'go' });
  await send(page, 'PUT', `/features/${feature}/configuration`, configured(50));
  running.expose();
  return id;
}

const columns = async (): Promise<string[]> =>
  (await orders`select column_name as name from information_schema.columns where table_name = 'orders'`).map(
    (row) => row.name as string,
  );

/** What somebody gets who has the candidate while there is one. */
async function configurationOf(feature: string): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let user = 0; user < 20; user++) {
    const answer = await page.request.post(`${installation.otlp}/ofrep/v1/evaluate/flags/${feature}.config`, {
      data: { context: { targetingKey: `user-${user}` } },
    });
    const { variant, value } = (await answer.json()) as { variant: string; value: unknown };
    seen.add(`${variant} ${JSON.stringify(value)}`);
  }
  return seen;
}

async function expectFit(): Promise<void> {
  for (const size of [desk, phone]) {
    await page.setViewportSize(size);
    await page.evaluate(() => window.scrollTo(0, 0));
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  }
  await page.setViewportSize(desk);
}

test.afterEach(() => expect(errors, 'errors in the console of the browser').toEqual([]));

const panel = () => page.locator('#rollback');
const stepState = (id: string) => panel().locator(`li[data-step="${id}"]`);

test('from the list, in two keystrokes, with a preview of all that goes back', async () => {
  await rollOut('checkout');
  expect(await configurationOf('checkout')).toContain('treatment {"timeoutMs":50}');
  expect(await columns()).toContain('checkout_total');

  await page.goto(`${installation.address}/rollouts`);
  await page.getByRole('link', { name: 'checkout', exact: true }).focus();
  await page.keyboard.press('r');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('timeoutMs');
  await expect(dialog.getByRole('list').filter({ hasText: 'fill' })).toHaveText(/fill[\s\S]*column/);
  await expect(dialog).toContainText('no-orphans');
  await expectFit();
  traffic[0]?.unexpose();
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();

  await page.getByRole('link', { name: 'checkout', exact: true }).click();
  await expect(panel()).toContainText(/Rolling back|Served again/);
  await expect.poll(() => configurationOf('checkout')).toEqual(new Set(['control {"timeoutMs":800}']));
  await expectFit();
});

test('a check that fails is a failed rollback, and says what to do', async () => {
  const id = await rollOut('billing');
  await orders`insert into line values (99, 99)`;
  hook.failNext(1);
  await page.goto(`${installation.address}/rollouts/${id}`);
  traffic[1]?.unexpose();
  const button = page.getByRole('button', { name: 'Roll back', exact: true });
  await button.hover();
  await page.mouse.down();
  await expect(panel()).toBeVisible();
  await page.mouse.up();

  await expect(stepState('check/no-orphans')).toHaveAttribute('data-state', 'failed', { timeout: 60_000 });
  await expect(panel()).toContainText('the check no-orphans failed', { timeout: 60_000 });
  await expect(panel()).toContainText('Not confirmed:', { timeout: 60_000 });
  await expect(panel().getByRole('heading', { name: 'What to do now' })).toBeVisible();
  await expect(panel()).toContainText('Delete the lines that have no order');
  await expectFit();
  await page.goto(`${installation.address}/`);
  const first = page
    .getByRole('region', { name: /needs? attention/ })
    .getByRole('listitem')
    .first();
  await expect(first).toContainText('not confirmed');
  await expect(first).toContainText('billing');
  await first.getByRole('link').click();

  // The first try was refused, so it came twice: the same message, signed both times.
  const told = () => hook.received.filter((m) => JSON.parse(m.text).data.feature === 'billing');
  await expect.poll(() => told().map((m) => m.status), { timeout: 60_000 }).toEqual([500, 204]);
  expect(told().map((m) => isSigned(m, secret))).toEqual([true, true]);
  expect(new Set(told().map((m) => m.headers['webhook-id'])).size).toBe(1);
  expect(JSON.parse(told()[0]?.text ?? '').data).toMatchObject({
    kind: 'rollback_unconfirmed',
    environment: 'production',
  });
  expect(told()[0]?.text).toContain('Delete the lines that have no order');

  await orders`delete from line where id = 99`;
  await panel().getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(stepState('check/no-orphans')).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
  await expect(panel()).toContainText('Verified after', { timeout: 180_000 });
  expect(await columns()).not.toContain('billing_total');
});

test('one that is proven: data, flags and configuration are those of before', async () => {
  await page.goto(`${installation.address}/rollbacks`);
  await page.getByRole('link', { name: 'checkout', exact: true }).first().click();
  await expect(panel()).toContainText('Verified after', { timeout: 180_000 });
  const proofs = panel().getByRole('list', { name: 'What is proven' });
  await expect(proofs.getByText('proven', { exact: true })).toHaveCount(4);
  await expect(panel().getByRole('list', { name: 'Steps of the rollback' })).toHaveText(
    /migration fill[\s\S]*migration column/,
  );
  await expect(stepState('exposure')).toHaveAttribute('data-state', 'done');
  await expect(stepState('criteria')).toContainText('errors');
  await expect(panel()).toContainText('Decision to verified');
  expect(await columns()).not.toContain('checkout_total');
  expect(await configurationOf('checkout')).toEqual(new Set(['control {"timeoutMs":800}']));
  await panel()
    .getByText(/calls?$/)
    .click();
  await expectFit();
});
