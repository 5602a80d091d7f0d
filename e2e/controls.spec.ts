/** What a person can always do by hand: stop everything automatic, approve, kill. */
import { expect } from '@playwright/test';
import { type Installation, newDirectory, removeDirectory, startInstallation } from './installation';
import { send, signIn, test } from './page';
import { checkoutPlan } from './plan';
import { type Sender, startSender } from './sender';

const dir = newDirectory();
let installation: Installation;
let sender: Sender | undefined;
test.beforeAll(async () => {
  test.setTimeout(300_000);
  installation = await startInstallation(dir);
  sender = startSender({ otlp: installation.otlp, feature: 'new-checkout', cohorts: ['beta'] });
});
test.afterAll(async () => {
  await sender?.stop();
  await installation?.stop();
  removeDirectory(dir);
});

test('the global stop, an approval, and the kill switch', async ({ page, request }) => {
  await signIn(page, installation);
  const versions = { control: false, treatment: true };
  const feature = { key: 'new-checkout', owner: 'payments', versions, baseline: 'control' };
  await send(page, 'PUT', '/features/new-checkout', feature);
  await send(page, 'PUT', '/cohorts/beta', { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
  const plan = checkoutPlan().replace('minSamples: 100 }', 'minSamples: 100, approval: true }');
  const { id } = await send(page, 'POST', '/rollouts', plan);

  await page.getByRole('banner').getByRole('button', { name: 'Stop all' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('a drill of the stop');
  await page.getByRole('dialog').getByRole('button', { name: 'Stop everything automatic' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();

  await page.goto(`${installation.address}/rollouts/${id}`);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start', exact: true }).click();
  const stages = page.getByRole('list', { name: 'Stages' });
  await expect(stages.locator('[aria-current=step]')).toContainText('beta');

  // Everything is met but the approval: it is asked for, and given by a person who may.
  await page.getByRole('banner').getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('the drill is over');
  await page.getByRole('dialog').getByRole('button', { name: 'Resume automation' }).click();
  await page.getByRole('button', { name: 'Approve' }).click({ timeout: 120_000 });
  await expect(stages.locator('[aria-current=step]')).toContainText('everyone', { timeout: 60_000 });

  const variants = async () => {
    const seen = new Set<unknown>();
    for (let user = 0; user < 20; user++) {
      const answer = await request.post(`${installation.otlp}/ofrep/v1/evaluate/flags/new-checkout`, {
        data: { context: { targetingKey: `user-${user}` } },
      });
      seen.add(((await answer.json()) as { variant: string }).variant);
    }
    return seen;
  };
  expect(await variants()).toEqual(new Set(['control', 'treatment']));
  await page.getByRole('button', { name: 'Kill switch' }).click();
  await page.getByRole('dialog').getByLabel('Why').fill('something smells');
  await page.getByRole('dialog').getByRole('button', { name: 'Kill switch' }).click();
  await expect(page.getByRole('button', { name: 'Lift the kill' })).toBeVisible();
  expect(await variants()).toEqual(new Set(['control']));
});
