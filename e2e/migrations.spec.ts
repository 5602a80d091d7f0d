/** Migrations in a browser: what can be done now, what blocks what, an order with its statements, a check that fails. */
import { mkdirSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import postgres from 'postgres';
import { type Installation, newDirectory, removeDirectory, startInstallation } from './installation';
import { desk, errorsOf, expectAccessible, expectNoSidewaysScroll, phone, send, signIn, test } from './page';
import { checkoutPlan } from './plan';

test.describe.configure({ mode: 'serial' });
const dir = newDirectory();
let installation: Installation;
let page: Page;
let errors: string[];
let shop: postgres.Sql;
let rollout = '';

const migrations = [
  'migrations:',
  '  - { name: address-column, kind: expand, owner: orders team, description: A place for the address,',
  '      apply: { kind: sql, database: shop, statements: alter table item add column address text },',
  '      revert: { kind: sql, database: shop, statements: alter table item drop column address } }',
  '  - { name: fill-addresses, kind: backfill, owner: data team, dependsOn: [address-column],',
  '      apply: { kind: sql, database: shop, statements: "update item set address = \'somewhere\' where id > 1" },',
  '      revert: { kind: sql, database: shop, statements: update item set address = null },',
  '      check: { kind: sql, name: no-empty-address, database: shop, query: select id from item where address is null,',
  '               onFailure: Look at the items without an address and fill them by hand. } }',
  '  - { name: tell-support, kind: switch, owner: support, stage: everyone, dependsOn: [fill-addresses],',
  '      apply: { kind: manual, text: Tell support that addresses are asked for }, irreversible: true }',
  '  - { name: drop-old, kind: contract, owner: orders team, dependsOn: [fill-addresses], irreversible: true,',
  '      apply: { kind: sql, database: shop, statements: alter table item drop column old } }',
];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  installation = await startInstallation(dir);
  const base = postgres(installation.databaseUrl, { max: 1, onnotice: () => {} });
  await base.unsafe('create database shop');
  await base.end();
  const url = installation.databaseUrl.replace(/\/[^/?]+(\?|$)/, '/shop$1');
  shop = postgres(url, { max: 1, onnotice: () => {} });
  await shop.unsafe('create table item (id int, old text); insert into item values (1), (2)');
  page = await browser.newPage({ viewport: desk });
  errors = errorsOf(page);
  await signIn(page, installation);
  const versions = { control: false, treatment: true };
  await send(page, 'PUT', '/cohorts/beta', { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
  await send(page, 'PUT', '/features/new-checkout', { owner: 'payments', versions, baseline: 'control' });
  await page.goto(`${installation.address}/settings`);
  const form = page.getByRole('form', { name: 'Add a database' });
  await form.getByLabel('Name of the new database').fill('shop');
  await form.getByLabel('Address').fill(url);
  await form.getByRole('button', { name: 'Add the database' }).click();
  await expect(page.getByRole('button', { name: 'Edit: shop' })).toBeVisible();
});
test.afterAll(async () => {
  await shop?.end();
  await page?.close();
  await installation?.stop();
  removeDirectory(dir);
});

const shots = process.env.BELAY_SCREENSHOTS;
async function expectGood(name: string): Promise<void> {
  for (const [size, viewport] of Object.entries({ desk, phone })) {
    await page.setViewportSize(viewport);
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    if (!shots) continue;
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: `${shots}/${name}-${size}.png`, fullPage: true });
  }
  await page.setViewportSize(desk);
}
const region = (name: string | RegExp) => page.getByRole('region', { name });
const row = (name: string, within = region('To do now')) =>
  within.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });
const order = async (label: string, step: string) => {
  await page.getByRole('button', { name: `${label}: ${step}` }).click();
  return page.getByRole('dialog');
};

test('the settings ask a database whether it answers, and show no password', async () => {
  await page.getByRole('button', { name: 'Ask it: shop' }).click();
  await expect(page.getByText(/PostgreSQL \d.* answers/)).toBeVisible();
  await expectGood('settings-databases');
});

test('the backlog says what can be done now and what waits for what', async () => {
  await page.goto(`${installation.address}/migrations`);
  await expect(page.getByText('No rollout that is not over declares a step')).toBeVisible();
  ({ id: rollout } = await send(page, 'POST', '/rollouts', checkoutPlan(migrations)));
  await page.reload();
  await expect(row('address-column')).toContainText('Can be applied now: statements in shop');
  await expect(row('address-column')).toContainText('fill-addresses waits for it');
  const all = region(/new-checkout/);
  await expect(row('fill-addresses', all)).toContainText('Waits for address-column');
  await expect(row('tell-support', all)).toContainText('once the rollout has started');
  await expect(row('drop-old', all)).toContainText('Waits until the rollout has completed');
  await expectGood('migrations');
});

test('an order shows the statements that it runs; a check that fails says what it found and what to do', async () => {
  const dialog = await order('Apply', 'address-column');
  await expect(dialog).toContainText('alter table item add column address text');
  await expectGood('migration-order');
  await dialog.getByRole('button', { name: 'Apply', exact: true }).click();
  await expect(row('address-column', region(/new-checkout/))).toContainText('Applied');
  await (await order('Apply', 'fill-addresses')).getByRole('button', { name: 'Apply', exact: true }).click();
  const failed = row('fill-addresses');
  await expect(failed).toContainText('no-empty-address does not hold: no row expected, found at least one: id = 1');
  await expect(failed).toContainText('Next: Look at the items without an address and fill them by hand.');
  await expect(failed).toContainText('Ask data team.');
  await expectGood('migration-failed');
  await shop`update item set address = 'here'`;
  const again = await order('Check again', 'fill-addresses');
  await expect(again).toContainText('Only its check runs again');
  await again.getByRole('button', { name: 'Check again' }).click();
  await expect(row('fill-addresses', region(/new-checkout/))).toContainText('Applied');
});

test('the page of the rollout has its own steps; what only a person can do is confirmed there', async () => {
  await page.goto(`${installation.address}/rollouts/${rollout}`);
  await expect(region('Migrations')).toContainText('2 of 4 applied');
  await send(page, 'POST', `/rollouts/${rollout}/start`, { reason: 'go' });
  await page.reload();
  await (await order('Apply', 'tell-support')).getByRole('button', { name: 'Apply', exact: true }).click();
  await expect(row('tell-support', region('Migrations'))).toContainText('Waits for a person');
  await expectGood('rollout-migrations');
  await (await order('It is done', 'tell-support')).getByRole('button', { name: 'It is done' }).click();
  await expect(region('Migrations')).toContainText('3 of 4 applied');
  await expect(page.getByRole('button', { name: 'Revert: tell-support' })).toHaveCount(0);
  expect(errors).toEqual([]);
});
