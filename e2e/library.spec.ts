/** What people start from: a rollout from a plan of the library, a runbook of one's own in two versions. */
import { expect } from '@playwright/test';
import { type Installation, newDirectory, removeDirectory, startInstallation } from './installation';
import { comeBack, expectAccessible, expectNoSidewaysScroll, phone, send, signIn, test } from './page';

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

test('a report starts from a template of the library, by hand and by itself, and its actions are told to a tracker', async ({
  page,
}) => {
  await comeBack(page, installation);
  await page.goto(`${installation.address}/library`);
  const feature = { owner: 'payments', versions: { control: false, treatment: true }, baseline: 'control' };
  await send(page, 'PUT', '/features/told', feature);
  const name = 'Short';
  const start = page.getByRole('link', { name: `Open a post-mortem with it: ${name}` });
  await start.click();
  await expect(page).toHaveURL(/\/postmortems\/new\?template=postmortem-short/);
  await expect(page.getByLabel('Start from a template')).toHaveValue('postmortem-short');
  await page.getByRole('button', { name: 'Open it' }).click();
  await expect(page).toHaveURL(/\/postmortems\/pm_/);
  const report = page.url();
  const actions = page.getByRole('region', { name: 'Actions' });
  await expect(actions).toContainText('due until the end of their day in UTC', { timeout: 60_000 });
  // The short one leaves sections free, which another one fills.
  const more = page.getByRole('region', { name: 'Start from a template' });
  await more.getByLabel('Template').selectOption('postmortem-standard');
  await more.getByRole('button', { name: 'Start from it' }).click();
  await expect(page.getByRole('region', { name: 'Versions' })).toContainText('Edited');
  await actions.getByRole('button', { name: 'Add an action' }).click();
  await page.getByLabel('What is to be done').fill('Alert on refunds');
  await page.getByLabel('Owner').fill('ada');
  await page.getByRole('button', { name: 'Add it' }).click();
  await expect(actions.getByRole('row', { name: /Alert on refunds/ })).toBeVisible();
  await expect(actions.getByRole('button', { name: /^Tell the tracker/ })).toHaveCount(0);

  await send(page, 'POST', '/webhooks', { name: 'jira-bridge', url: 'http://127.0.0.1:9/', allowPrivate: true });
  await page.goto(`${installation.address}/settings`);
  const settings = page.getByRole('region', { name: 'Post-mortems' });
  await settings.getByLabel('Template', { exact: true }).selectOption('postmortem-standard');
  await settings.getByRole('button', { name: 'Save' }).nth(0).click();
  await expect(settings.getByRole('status').nth(0)).toHaveText('Saved');
  await settings.getByLabel('Time zone of due days').fill('Europe/Berlin');
  await settings.getByRole('button', { name: 'Save' }).nth(1).click();
  await expect(settings.getByRole('status').nth(1)).toHaveText('Saved');
  await settings.getByLabel('Tracker that is told of action items').selectOption({ label: 'jira-bridge' });
  await settings.getByRole('button', { name: 'Save' }).nth(2).click();
  await expect(settings.getByRole('status').nth(2)).toHaveText('Saved');
  await expectAccessible(page);

  await page.goto(report);
  await expect(actions).toContainText('due until the end of their day in Europe/Berlin');
  await actions.getByRole('button', { name: 'Tell the tracker: Alert on refunds' }).click();
  await expect(actions.getByRole('row', { name: /Alert on refunds/ })).toContainText('The tracker is being told');
  await expect(actions.getByRole('button', { name: /^Tell the tracker/ })).toHaveCount(0);
});
