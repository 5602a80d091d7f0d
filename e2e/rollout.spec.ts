/** From an empty installation to a rollback, in the page: what somebody does who tries Belay on a service of theirs. */
import { expect } from '@playwright/test';
import { type Installation, newDirectory, removeDirectory, startInstallation } from './installation';
import { desk, expectAccessible, expectNoSidewaysScroll, phone, signIn, test } from './page';
import { checkoutPlan } from './plan';
import { type Sender, startSender } from './sender';

const dir = newDirectory();
let installation: Installation;
let sender: Sender | undefined;
test.beforeAll(async () => {
  test.setTimeout(300_000);
  installation = await startInstallation(dir);
});
test.afterAll(async () => {
  await sender?.stop();
  await installation?.stop();
  removeDirectory(dir);
});

test('a rollout is created in the page, watched, and rolled back', async ({ page, request }) => {
  await signIn(page, installation);

  await page.getByRole('link', { name: 'Features', exact: true }).click();
  await page.getByRole('link', { name: 'New feature' }).click();
  await page.getByLabel('Feature key').fill('new-checkout');
  await page.getByLabel('Owner').fill('payments');
  await page.getByRole('button', { name: 'Create the feature' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'new-checkout' })).toBeVisible();

  await page.getByRole('link', { name: 'Features', exact: true }).first().click();
  await page.getByLabel('Cohort key').fill('beta');
  await page.getByLabel('Attribute').fill('plan');
  await page.getByLabel('Is one of').fill('beta');
  await page.getByRole('button', { name: 'Create the cohort' }).click();
  await expect(page.getByRole('rowheader', { name: 'beta' })).toBeVisible();

  await page.goto(`${installation.address}/rollouts/new?feature=new-checkout`);
  const editor = page.getByLabel('Plan (YAML)');
  await editor.fill(checkoutPlan().replace('beta: 100 }, minDuration: 5s', 'beta: 130 }, minDuration: 5s'));
  await page.getByRole('button', { name: 'Create the draft' }).click();
  await expect(page.getByText('stages[0].exposure.beta')).toBeVisible();
  await editor.fill(checkoutPlan());
  await page.getByRole('button', { name: 'Create the draft' }).click();
  await expect(page.getByRole('region', { name: 'Verdict' })).toContainText('Draft');

  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start', exact: true }).click();
  await expect(page.getByRole('dialog')).toBeHidden();

  // Belay serves the candidate now, to the cohort of the stage and to nobody else.
  const served = async (plan: string): Promise<Set<string>> => {
    const variants = new Set<string>();
    for (let user = 0; user < 20; user++) {
      const answer = await request.post(`${installation.otlp}/ofrep/v1/evaluate/flags/new-checkout`, {
        data: { context: { targetingKey: `user-${user}`, plan } },
      });
      variants.add(((await answer.json()) as { variant: string }).variant);
    }
    return variants;
  };
  expect(await served('beta')).toEqual(new Set(['control', 'treatment']));
  expect(await served('free')).toEqual(new Set(['control']));

  sender = startSender({ otlp: installation.otlp, feature: 'new-checkout', cohorts: ['beta'] });
  // No reload: what follows arrives in the open page by itself.
  const verdict = page.getByRole('region', { name: 'Verdict' });
  await expect(page.getByRole('figure').first()).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('list', { name: 'Stages' }).locator('[aria-current=step]')).toContainText('everyone', {
    timeout: 120_000,
  });

  sender.breakCandidate(0.5);
  await expect(verdict).toContainText('Rolled back', { timeout: 120_000 });
  await expect(verdict).toContainText('errors');
  expect(await served('beta')).toEqual(new Set(['control']));
  await expect(page.getByRole('figure').locator('svg').first()).toBeVisible();
  await expectAccessible(page);
  await page.setViewportSize(phone);
  await expect(verdict).toBeInViewport();

  // Judged again: what is no plan is said at its line, and a wide margin would have let it be.
  await page.setViewportSize(desk);
  await page.getByRole('link', { name: 'Backtest with other criteria' }).click();
  const criteria = page.getByLabel('Criteria, bound and gates (YAML)');
  await expect(criteria).toHaveValue(/margin: 5pp/);
  const own = await criteria.inputValue();
  const judge = page.getByRole('button', { name: 'Run the backtest' });
  const result = page.getByRole('region', { name: 'Result' });
  await criteria.fill(own.replace('5pp', 'much'));
  await judge.click();
  await expect(page.getByText('criteria[0].margin')).toBeVisible();
  await criteria.fill(own);
  // Live it was clear in a bin that was still filling. Here bins count once they are over, and the sender goes on being
  // bad: the stretch is made longer until it is clear in those, and holds the bin in which it was rolled back.
  await expect(async () => {
    await page.getByLabel('To', { exact: true }).fill(new Date().toISOString());
    await judge.click();
    await expect(result).toContainText(/^With its own criteria Belay would have rolled back at [^;]+ it did\./, {
      timeout: 3_000,
    });
  }).toPass({ timeout: 60_000 });
  await criteria.fill(own.replace('5pp', '95pp'));
  // By keyboard alone.
  await judge.focus();
  await page.keyboard.press('Enter');
  await expect(result).toContainText('With these criteria Belay would not have rolled back; it did at');
  await expect(page.getByRole('img', { name: /^errors at/ })).toBeVisible();
  for (const size of [desk, phone]) {
    await page.setViewportSize(size);
    // The header that stays would cover half a link of what is scrolled.
    await page.evaluate(() => window.scrollTo(0, 0));
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  }
});
