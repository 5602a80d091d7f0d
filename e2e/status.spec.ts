/** From a start to what a stranger reads: a draft is changed, approved and sent, a link is made, and taken back. */
import { type Browser, expect } from '@playwright/test';
import { type Installation, newDirectory, removeDirectory, startInstallation } from './installation';
import { desk, expectAccessible, expectNoSidewaysScroll, phone, send, signIn, test } from './page';
import { checkoutPlan } from './plan';

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

/** Somebody else's browser, with scripts switched off. */
async function stranger(browser: Browser, link: string) {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: phone });
  const page = await context.newPage();
  const answer = await page.goto(link);
  return { page, context, answer };
}

test('stakeholders are told, inside and outside', async ({ page, browser }) => {
  await signIn(page, installation);
  await page.goto(`${installation.address}/status`);
  await expect(page.getByText('Nothing is told yet')).toBeVisible();

  const versions = { control: false, treatment: true };
  await send(page, 'PUT', '/features/new-checkout', { owner: 'payments', versions, baseline: 'control' });
  await send(page, 'PUT', '/cohorts/beta', { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
  const { id } = await send(page, 'POST', '/rollouts', checkoutPlan());
  await send(page, 'POST', `/rollouts/${id}/start`, { reason: 'go' });

  // The page and its draft come by themselves, into the open list.
  const link = page.getByRole('link', { name: 'Rollout of new-checkout in production' });
  await expect(link).toBeVisible({ timeout: 60_000 });
  await link.click();
  const drafts = page.getByRole('region', { name: 'Waits for you' });
  await expect(drafts.getByLabel('For the organisation')).toHaveValue(/“treatment” of new-checkout has begun/);
  const hostile = 'We have begun.\n<script>alert(1)</script> \u202egnp.exe https://evil.example';
  await drafts.getByLabel('For the public').fill(hostile);
  await drafts.getByLabel('The next update comes').selectOption('60');
  await drafts.getByRole('button', { name: 'Approve and send' }).click();
  const told = page.getByRole('region', { name: 'Told' });
  await expect(told.getByText('<script>alert(1)</script>')).toBeVisible();
  await expect(drafts).toBeHidden();

  await page.getByLabel('What strangers read as its title').fill('Checkout');
  await page.getByRole('button', { name: 'Make a public link' }).click();
  const address = (await page.getByLabel('Public link', { exact: true }).textContent())?.trim() ?? '';
  expect(address).toMatch(/\/s\/[0-9a-z]{40}$/);
  for (const size of [desk, phone]) {
    await page.setViewportSize(size);
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
  }

  const outside = await stranger(browser, address);
  expect(outside.answer?.status()).toBe(200);
  const headers = outside.answer?.headers() ?? {};
  expect(headers['set-cookie']).toBeUndefined();
  expect(headers['x-robots-tag']).toContain('noindex');
  expect(headers['referrer-policy']).toBe('no-referrer');
  await expect(outside.page.getByRole('heading', { level: 1, name: 'Checkout' })).toBeVisible();
  await expect(outside.page.getByText('A change is being introduced step by step.')).toBeVisible();
  await expect(outside.page.getByText('<script>alert(1)</script>')).toBeVisible();
  await expect(outside.page.getByRole('navigation')).toHaveCount(0);
  await expect(outside.page.getByRole('link')).toHaveCount(0);
  const html = (await outside.answer?.text()) ?? '';
  for (const inner of [
    'new-checkout',
    'treatment',
    'production',
    'http.server',
    'payments',
    id,
    'sts_',
    'upd_',
    '\u202e',
  ])
    expect(html, inner).not.toContain(inner);
  await outside.context.close();

  const reader = await browser.newContext({ timezoneId: 'Asia/Tokyo', viewport: phone });
  const read = await reader.newPage();
  await read.goto(address);
  await expect(read.getByText('(Asia/Tokyo)').first()).toBeVisible();
  await expectAccessible(read);
  await expectNoSidewaysScroll(read);
  await reader.close();

  await page.getByRole('button', { name: 'Revoke the public link' }).click();
  await expect(page.getByText('There is no public link.')).toBeVisible();
  const unknown = await stranger(browser, address.replace(/.{40}$/, '0'.repeat(40)));
  const gone = await stranger(browser, address);
  expect([gone.answer?.status(), unknown.answer?.status()]).toEqual([404, 404]);
  for (const { page: seen, context } of [gone, unknown]) {
    await expect(seen.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
    await context.close();
  }

  // Who goes on guessing is told to wait, and asks nobody.
  const answers = [];
  for (let i = 0; i < 40; i++)
    answers.push((await page.request.get(`${installation.address}/s/${String(i).padStart(40, '0')}`)).status());
  expect(answers.slice(0, 5)).toEqual([404, 404, 404, 404, 404]);
  expect(answers.at(-1)).toBe(429);
});
