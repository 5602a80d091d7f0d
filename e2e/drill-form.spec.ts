/** The form of a drill: all of it without a line of YAML, what is wrong beside its field, and changed in its place. */
import { type Cookie, expect, type Page } from '@playwright/test';
import { requestsPlan } from '@/jobs/bench/requests';
import { type Installation, newDirectory, removeDirectory, startInstallation } from './installation';
import { desk, expectAccessible, expectNoSidewaysScroll, phone, type Stored, send, signIn, test } from './page';

test.describe.configure({ mode: 'serial' });
const dir = newDirectory();
let installation: Installation;
let session: Cookie[] = [];
test.beforeAll(async () => {
  test.setTimeout(300_000);
  installation = await startInstallation(dir);
});
test.afterAll(async () => {
  await installation?.stop();
  removeDirectory(dir);
});

const fold = (page: Page, title: string) => page.locator('summary', { hasText: title }).click();

test('is planned in fields alone, refused beside them, and changed where one is', async ({ page }) => {
  test.setTimeout(180_000);
  await page.setViewportSize(desk);
  await signIn(page, installation);
  session = await page.context().cookies();
  await send(page, 'PUT', '/cohorts/beta', { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
  const versions = { control: false, treatment: true };
  await send(page, 'PUT', '/features/checkout', { key: 'checkout', owner: 'payments', versions, baseline: 'control' });
  await send(page, 'POST', '/rollouts', requestsPlan('checkout'));
  await page.goto(`${installation.address}/drills/new`);

  await page.getByLabel('Name', { exact: true }).fill('Checkout goes back');
  await page.getByRole('radio', { name: /^Fault/ }).check();
  await page.getByLabel('Cohort that it may touch').fill('nobody');
  await page.getByLabel('Ends by itself after').fill('');
  await page.getByLabel('Made by').selectOption('person');
  await page.getByLabel('Not by these').fill('Ada, Grace Hopper');
  await fold(page, 'Situation, plan and runbook');
  await page.getByLabel('Situation', { exact: true }).fill('Half of the new checkouts fail.');
  await fold(page, 'Aborted by itself');
  await page.getByLabel('After so many errors').fill('200');
  await page.getByLabel('How often').selectOption('monthly');
  await page.getByLabel('Day', { exact: true }).selectOption('Thursday');
  await page.getByLabel('At', { exact: true }).fill('09:30');
  await page.getByLabel('Time zone').fill('Europe/Berlin');
  await fold(page, 'Hours and days');
  await page.getByLabel('Only in').fill('mon-fri 09:00-17:00');
  await page.getByLabel('Not on').fill('2026-12-24');

  // Typed, and not sent yet: the next times are there, also those around the change of a clock.
  const side = page.getByRole('complementary', { name: 'What it comes to' });
  await expect(side.getByRole('list', { name: 'The next runs' }).getByRole('listitem')).not.toHaveCount(0);
  await expect(side).toContainText(/its clock: UTC\+0\d:00 → UTC\+0\d:00/);
  await page.getByLabel('Only in').fill('mon-fri 9-17');
  await page.getByLabel('Not on').focus();
  const hours = page.locator('.field', { has: page.getByLabel('Only in') });
  await expect(hours.locator('.error')).toContainText('1. from is not a time');
  await page.getByLabel('Only in').fill('mon-fri 09:00-17:00');
  await page.getByLabel('Not on').focus();
  await expect(hours.locator('.error')).toHaveCount(0);

  await page.getByRole('button', { name: 'Plan the drill' }).click();
  const expiry = page.locator('.field', { has: page.getByLabel('Ends by itself after') });
  await expect(expiry.locator('.error')).toContainText('is not a duration');
  await page.getByLabel('Ends by itself after').fill('5m');
  await page.getByRole('button', { name: 'Plan the drill' }).click();
  const cohort = page.locator('.field', { has: page.getByLabel('Cohort that it may touch') });
  await expect(cohort.locator('.error')).toContainText('there is no cohort nobody');
  await side.getByRole('button', { name: /blast.cohort/ }).click();
  await expect(page.getByLabel('Cohort that it may touch')).toBeFocused();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('beta');
  for (const size of [desk, phone]) {
    await page.setViewportSize(size);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  }
  await page.setViewportSize(desk);
  await page.getByRole('button', { name: 'Plan the drill' }).click();
  await expect(page).toHaveURL(/\/drills\/drl_[^/]+$/);
  const path = `/drills/${page.url().split('/').at(-1)}`;
  expect(await send(page, 'GET', path)).toMatchObject({
    level: 'fault',
    situation: 'Half of the new checkouts fail.',
    blast: { cohort: 'beta' },
    fault: { expiresAfter: '5m' },
    decision: { by: 'person', notThese: ['Ada', 'Grace Hopper'] },
    abort: { errors: 200 },
    schedule: {
      cron: '30 9 * * 4#1',
      timeZone: 'Europe/Berlin',
      allowed: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' }],
      blackout: ['2026-12-24'],
    },
  });

  // YAML is the same text, and saving leaves what is open open.
  await fold(page, 'Aborted by itself');
  await page.getByRole('tab', { name: 'YAML' }).click();
  const yaml = page.getByLabel('Drill (YAML)');
  await yaml.fill((await yaml.inputValue()).replace('errors: 200', 'errors: 300'));
  await page.getByRole('tab', { name: 'Fields' }).click();
  await expect(page.getByLabel('After so many errors')).toHaveValue('300');
  await page.getByRole('button', { name: 'Save the drill' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Saved' })).toBeVisible();
  await expect(page.getByLabel('After so many errors')).toBeVisible();
  expect(await send(page, 'GET', path)).toMatchObject({ abort: { errors: 300 } });
});

test('is started from a template, and saved as one', async ({ page }) => {
  await page.context().addCookies(session);
  await page.goto(`${installation.address}/library#drill`);
  await page.getByRole('link', { name: 'Plan a drill: Weekly rehearsal without users' }).click();
  await expect(page.getByLabel('Start from')).toContainText('Weekly rehearsal without users');
  await page.getByRole('button', { name: 'Plan the drill' }).click();
  await expect(page).toHaveURL(/\/drills\/drl_[^/]+$/);
  await page.getByRole('link', { name: 'Save as a template' }).click();
  const save = page.locator('#save');
  await expect(save.getByLabel('What', { exact: true })).toHaveValue('drill');
  await save.getByLabel('Name').fill('Ours, weekly');
  await save.getByRole('button', { name: 'Save as a template' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Ours, weekly');
});

test('is changed by somebody else meanwhile: what was typed stays, and theirs is taken in beside it', async ({
  page,
}) => {
  await page.context().addCookies(session);
  await page.goto(`${installation.address}/drills`);
  const all = await send<Stored[]>(page, 'GET', '/drills?feature=checkout');
  const drill = all.find((of) => of.name === 'Checkout goes back');
  const path = `/drills/${drill?.id}`;
  await page.goto(`${installation.address}${path}`);
  // The page hears of nothing, so that it is told only when it saves.
  await page.getByRole('button', { name: /^Live/ }).click();
  await page.getByLabel('Owner', { exact: true }).fill('search');
  await page.getByLabel('Detect', { exact: true }).fill('45s');
  const theirs = {
    ...drill,
    name: 'Renamed meanwhile',
    objectives: { ...(drill?.objectives as object), detect: '3m' },
  };
  await send(page, 'PUT', path, theirs);
  await page.getByRole('button', { name: 'Save the drill' }).click();
  const told = page.getByRole('alert', { name: 'Changed meanwhile' });
  await expect(told).toContainText(/is at version 3 meanwhile: .+ changed name, objectives.detect/);
  await expect(told).toContainText('45s, which is kept');
  await expect(page.getByLabel('Owner', { exact: true })).toHaveValue('search');
  await expect(page.getByRole('button', { name: 'Save the drill' })).toBeDisabled();
  await told.getByRole('button', { name: 'Take theirs in, keep mine' }).click();
  await expect(told).toBeHidden();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Renamed meanwhile');
  await page.getByRole('button', { name: 'Save the drill' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Saved' })).toBeVisible();
  expect(await send(page, 'GET', path)).toMatchObject({
    version: 4,
    name: 'Renamed meanwhile',
    owner: 'search',
    objectives: { detect: '45s' },
  });
});
