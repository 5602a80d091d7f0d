/** What people start from: a rollout from a plan of the library, a runbook of one's own in two versions. */
import { expect } from '@playwright/test';
import { type Installation, newDirectory, removeDirectory, startInstallation } from './installation';
import { expectAccessible, expectNoSidewaysScroll, phone, send, signIn, test } from './page';

const dir = newDirectory();
let installation: Installation;
test.beforeAll(async () => {
  test.setTimeout(300_000);
  installation = await startInstallation(dir);
});
test.afterAll(async () => {
  await installation?.stop();
  removeDirectory(dir);
});

test('a rollout starts from a plan of the library, and a runbook is given, corrected and changed', async ({ page }) => {
  await signIn(page, installation);
  const feature = { owner: 'payments', versions: { control: false, treatment: true }, baseline: 'control' };
  await send(page, 'PUT', '/features/new-checkout', feature);
  for (const key of ['internal', 'testers'])
    await send(page, 'PUT', `/cohorts/${key}`, { key, rules: [{ attribute: 'group', in: [key] }] });

  await page.goto(`${installation.address}/library`);
  await page.getByRole('link', { name: 'Start a rollout: Cautious flag rollout' }).click();
  await expect(page.getByLabel('Start from')).toHaveValue('cautious-flag');
  // The cohort that has the usual name is in the plan already; the other one is asked for before anything is sent.
  await page.getByRole('button', { name: 'Create the draft' }).click();
  await expect(page.getByText('Fill in first: YOUR-BETA-COHORT')).toBeVisible();
  await page.getByLabel(/YOUR-BETA-COHORT/).fill('testers');
  await page.getByRole('button', { name: 'Put it in' }).click();
  await page.getByLabel('Add a set of criteria').selectOption('slo-burn-rate');
  await page.getByRole('button', { name: 'Add the set' }).click();
  await expect(page.getByLabel('Plan (YAML)')).toHaveValue(/error budget, fast burn/);
  await page.getByRole('button', { name: 'Create the draft' }).click();
  await expect(page).toHaveURL(/\/rollouts\/rol_/);
  await expect(page.getByRole('list', { name: 'Stages' })).toContainText('testers');

  await page.goto(`${installation.address}/library`);
  await page.getByRole('link', { name: 'Make it a feature’s runbook: Flag only' }).click();
  await page.getByLabel(/YOUR-CHANNEL/).fill('#incidents');
  await page.getByRole('button', { name: 'Put it in' }).click();
  await page.getByLabel('Why this change').fill('support asked to be told');
  const steps = page.getByLabel('Steps (YAML)');
  const right = await steps.inputValue();
  await steps.fill(right.replace('act: criteria', 'act: dance'));
  await page.getByRole('button', { name: 'Save as version 1' }).click();
  const line = right.split('\n').findIndex((text) => text.includes('act: criteria')) + 1;
  await expect(page.getByRole('alert').getByText(`(line ${line})`)).toBeVisible();
  await steps.fill(right);
  await page.getByRole('button', { name: 'Save as version 1' }).click();
  await expect(page).toHaveURL(/\/runbooks\/rbk_/);
  await expect(page.getByRole('list', { name: 'Steps' })).toContainText('#incidents');

  await steps.fill(right.replace('blocking: false', 'blocking: true'));
  await page.getByLabel('Why this change').fill('nobody had said so');
  await page.getByRole('button', { name: 'Save as version 2' }).click();
  const versions = page.getByRole('region', { name: 'Versions' });
  await expect(versions).toContainText('nobody had said so');
  await expect(versions.getByText('1 change since version 1')).toBeVisible();
  await expect(versions).toContainText('blocking false true');
  await expectAccessible(page);
  await page.setViewportSize(phone);
  await expectNoSidewaysScroll(page);

  await page.getByRole('region', { name: 'Save it as a template' }).getByLabel('Name').fill('Ours');
  await page.getByRole('button', { name: 'Save as a template' }).click();
  await expect(page.getByRole('heading', { name: 'Ours', level: 1 })).toBeVisible();
  await expectNoSidewaysScroll(page);
  await page.goto(`${installation.address}/runbooks`);
  await expect(page.getByRole('row', { name: /new-checkout/ })).toContainText('version 2');
});
