/** Configuration is changed, looked through and gone back to; snapshots are compared, and one is gone back to. */
import { expect, type Page } from '@playwright/test';
import { type Installation, newDirectory, removeDirectory, startInstallation } from './installation';
import { desk, errorsOf, expectAccessible, expectNoSidewaysScroll, phone, send, signIn, test } from './page';

test.describe.configure({ mode: 'serial' });
const dir = newDirectory();
let installation: Installation;
let page: Page;
let errors: string[];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  installation = await startInstallation(dir);
  page = await browser.newPage({ viewport: desk });
  errors = errorsOf(page);
  await signIn(page, installation);
  await send(page, 'PUT', '/cohorts/beta', { rules: [{ attribute: 'plan', in: ['beta'] }] });
  const versions = { control: false, treatment: true };
  await send(page, 'PUT', '/features/checkout', { owner: 'payments', versions, baseline: 'control' });
  await page.goto(`${installation.address}/features/checkout`);
});
test.afterAll(async () => {
  await page?.close();
  await installation?.stop();
  removeDirectory(dir);
});

const section = (name: string) => page.getByRole('region', { name, exact: true });
const dialog = () => page.getByRole('dialog');

async function save(texts: Record<string, string>, reason: string, revision: number): Promise<void> {
  const form = section('Configuration');
  for (const [version, text] of Object.entries(texts)) await form.getByLabel(version, { exact: true }).fill(text);
  await form.getByLabel('Why this change').fill(reason);
  await form.getByRole('button', { name: `Save as revision ${revision}` }).click();
}

async function expectGood(): Promise<void> {
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await page.setViewportSize(phone);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await page.setViewportSize(desk);
}

test('a feature is given its configuration, and what is wrong is said where it is', async () => {
  const form = section('Configuration');
  await form.getByText('Give it a configuration').click();
  await save({ control: 'timeoutMs: 500', treatment: 'timeoutMs: [300' }, 'first', 1);
  await expect(form.getByRole('alert')).toContainText('Line 1');
  await save({ treatment: '- 300' }, 'first', 1);
  await expect(form.getByRole('alert').first()).toContainText('treatment');
  await save({ treatment: 'timeoutMs: 300\nprovider: one' }, 'first', 1);
  await expect(form).toContainText('Revision 1');
  await expect(form).toContainText('provider: one');
  await form.getByText('Change the configuration').click();
  await save({ treatment: '{ "timeoutMs": 200, "provider": "two" }' }, 'the new provider answers faster', 2);
  await expect(form).toContainText('Revision 2');
  await form.getByText('2 revisions').click();
  await expect(form.getByRole('row', { name: /served now/ })).toContainText('treatment.timeoutMs 300 200');
  await expectGood();
});

test('an older revision is restored, after what that changes was shown', async () => {
  const form = section('Configuration');
  await form.getByRole('button', { name: 'Restore revision 1' }).click();
  await expect(dialog()).toContainText('treatment.provider');
  await expectGood();
  await dialog().getByLabel('Why').fill('the new provider refuses cards');
  await dialog().getByRole('button', { name: 'Restore it' }).click();
  await expect(dialog()).toBeHidden();
  await expect(form).toContainText('Revision 3');
  await expect(form.getByRole('row', { name: /served now/ })).toContainText('as in 1');
});

test('a snapshot is taken, compared with now, and gone back to', async () => {
  const snapshots = section('Snapshots');
  await snapshots.getByRole('button', { name: 'Take a snapshot' }).click();
  const taken = snapshots.getByRole('row', { name: /taken by hand/ });
  await expect(taken).toContainText('as now');
  await send(page, 'PUT', '/features/checkout/configuration', {
    environment: 'production',
    values: { control: { timeoutMs: 500 }, treatment: { timeoutMs: 100, provider: 'three' } },
    reason: 'a third provider',
  });
  await page.reload();
  await expect(taken).not.toContainText('as now');
  await taken.getByRole('checkbox').check();
  await snapshots.getByRole('button', { name: 'Compare with now' }).click();
  await expect(dialog()).toContainText('treatment.timeoutMs');
  await expectGood();
  await dialog().getByRole('button', { name: 'Close' }).click();
  await snapshots.getByRole('checkbox').last().check();
  await snapshots.getByRole('button', { name: 'Compare the two' }).click();
  await expect(dialog()).toContainText('Configuration');
  await dialog().getByRole('button', { name: 'Close' }).click();

  await taken.getByRole('button', { name: /Go back/ }).click();
  await expect(dialog()).toContainText('Back to the snapshot taken by hand');
  await expect(dialog()).toContainText('treatment.timeoutMs');
  await expectGood();
  await dialog().getByLabel('Why').fill('the third provider is down');
  await dialog().getByRole('button', { name: 'Go back', exact: true }).click();
  await expect(page).toHaveURL(/\/rollbacks\/rb_/);
  await page.goto(`${installation.address}/features/checkout`);
  await expect(section('Configuration')).toContainText('provider: one');
  await expect(taken).toContainText('as now');
  await taken.getByRole('button', { name: /Go back/ }).click();
  await expect(dialog()).toContainText('nothing is changed');
  await expect(dialog().getByRole('button', { name: 'Go back', exact: true })).toHaveCount(0);
  expect(errors).toEqual([]);
});
