/** Drills as people run them: planned in the page, watched, answered; and every way in which one ends early. */
import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { requestsPlan } from '@/jobs/bench/requests';
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
import { checkoutPlan } from './plan';
import { type Sender, startSender } from './sender';

test.describe.configure({ mode: 'serial' });
const dir = newDirectory();
let installation: Installation;
let page: Page;
let errors: string[];
let sender: Sender | undefined;
/** A rehearsal takes its time: those of several journeys go on beside each other, each of a feature of its own. */
const begun: Record<'search' | 'new-checkout' | 'checkout', string> = { search: '', 'new-checkout': '', checkout: '' };
let real = '';
let drill = '';

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  installation = await startInstallation(dir);
  page = await browser.newPage({ viewport: desk });
  errors = errorsOf(page);
  await signIn(page, installation);
  await send(page, 'PUT', '/cohorts/beta', { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
  await send(page, 'PUT', '/settings/drill-limit', { max: 10 });
  for (const key of ['checkout', 'billing', 'search', 'letters']) await feature(key);
  // This one is rolled out for real, and goes well so far.
  real = (await feature('new-checkout', checkoutPlan())).id;
  sender = startSender({ otlp: installation.otlp, feature: 'new-checkout', cohorts: ['beta'] });
  await send(page, 'POST', `/rollouts/${real}/start`, { reason: 'go' });
  begun.search = await begin('search', { decision: { by: 'person', deadline: '9m' } });
  begun['new-checkout'] = await begin('new-checkout', { control: null, decision: { by: 'person', deadline: '9m' } });
});
test.afterAll(async () => {
  await sender?.stop();
  await page?.close();
  await installation?.stop();
  removeDirectory(dir);
});
test.afterEach(() => expect(errors, 'errors in the console of the browser').toEqual([]));

/** With the plan of a rollout that was never started: there is nobody to hurt. */
async function feature(key: string, plan = requestsPlan(key)): Promise<Stored> {
  const versions = { control: false, treatment: true };
  await send(page, 'PUT', `/features/${key}`, { key, owner: 'payments', versions, baseline: 'control' });
  return send(page, 'POST', '/rollouts', plan);
}

const drillOf = (key: string, over: Record<string, unknown> = {}) => ({
  name: `Drill of ${key}`,
  feature: key,
  environment: 'production',
  owner: 'payments',
  control: 'beta',
  fault: { share: 50, expiresAfter: '10m' },
  ...over,
});

async function begin(key: string, over: Record<string, unknown> = {}): Promise<string> {
  const planned = await send(page, 'POST', '/drills', drillOf(key, over));
  const { id } = await send(page, 'POST', `/drills/${planned.id}/runs`, { reason: 'a journey' });
  return id;
}

const open = (id: string) => page.goto(`${installation.address}/drills/runs/${id}`);

const run = () => page.locator('#run');
const heading = () => run().getByRole('heading', { level: 1 });
const here = () => run().getByRole('list', { name: 'States' }).locator('[aria-current=step]');
const clock = (name: string) => page.locator(`#clocks [data-clock="${name}"]`);
const abortButton = () =>
  page.getByRole('region', { name: 'End the drill' }).getByRole('button', { name: 'Abort the drill' });
const decision = () => run().getByRole('group', { name: 'Answer' });

async function expectFit(): Promise<void> {
  for (const size of [desk, phone]) {
    await page.setViewportSize(size);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  }
  await page.setViewportSize(desk);
}

const yaml = `name: Checkout goes back
feature: checkout
environment: production
owner: payments
control: beta
situation: Half of the new checkouts fail.
fault: { share: 50, expiresAfter: 10m }
objectives: { detect: 2m, decide: 5m, actuate: 10s, propagate: 2m, recover: 5m }
decision: { by: person, deadline: 9m, atDeadline: fail }
schedule: { cron: "* * * * *", timeZone: Europe/Berlin }
`;

test('planned in the page', async () => {
  await page.goto(`${installation.address}/drills/new`);
  await page.getByRole('tab', { name: 'YAML' }).click();
  await page.getByLabel('Drill (YAML)').fill(yaml);
  await page.getByRole('button', { name: 'Plan the drill' }).click();
  await expect(page).toHaveURL(/\/drills\/drl_[^/]+$/);
  drill = page.url().split('/').at(-1) ?? '';
  await expect(page.getByRole('main')).toContainText('Europe/Berlin');
});

test('who should not answer cannot, and the deadline passes', async () => {
  test.setTimeout(300_000);
  const me =
    (await page
      .getByRole('banner')
      .getByTitle(/^Role:/)
      .textContent()) ?? '';
  const asked = { by: 'person', deadline: '15s', atDeadline: 'fail', notThese: [me] };
  const id = await begin('billing', { decision: asked });
  await open(id);
  await expect(run()).toContainText('You should not answer this time', { timeout: 180_000 });
  await expect(decision()).toHaveCount(0);
  await expect(heading()).toContainText('Failed:', { timeout: 60_000 });
  await expect(heading()).toContainText('Nobody had decided when the deadline passed');
  await expect(run()).toContainText('Had it been real, this rollback would not have done');
  await expect(clock('actuate')).toHaveAttribute('data-state', 'pending');
  await expect(page.locator('#lessons')).toContainText('Actuate, Propagate, Recover: it never came to that');
  expect(await send(page, 'GET', `/drill-runs/${id}`)).toMatchObject({ undo: { state: 'done' }, state: 'failed' });
});

test('begun by its schedule, seen, and answered by a person', async () => {
  test.setTimeout(300_000);
  const runs = () => send<Stored[]>(page, 'GET', `/drills/${drill}/runs`);
  await expect.poll(async () => (await runs()).length, { timeout: 120_000 }).toBe(1);
  // One is enough: the minute after its end would bring another.
  await send(page, 'POST', `/drills/${drill}/pause`, { reason: 'one is enough' });
  begun.checkout = (await runs())[0]?.id ?? '';

  await open(begun.checkout);
  await expect(run()).toContainText('by its schedule');
  await expect(run()).toContainText('Half of the new checkouts fail.');
  await expect(here()).toContainText('Deciding', { timeout: 180_000 });
  // With the numbers: that something fails is no ground to decide.
  await expect(run().getByRole('list', { name: 'What is known now' })).toContainText(/errors.*% against .*%, allowed/);
  await expect(run()).toContainText('The deadline is in');
  await expect(run()).toContainText('The fault ends by itself at');
  await expect(clock('detect')).toHaveAttribute('data-state', 'recorded');
  await expect(clock('detect')).toContainText('objective 2\u202fmin met');
  await expect(clock('decide')).toHaveAttribute('data-state', 'pending');
  await expect(page.locator('#charts')).toContainText('treatment');
  await expect(page.locator('#charts').getByRole('button', { name: /The fault begins/ })).toBeVisible();
  await expectFit();
  for (const size of [phone, desk]) {
    await page.setViewportSize(size);
    await expect(abortButton()).toBeInViewport({ ratio: 1 });
  }

  await run().getByLabel('Note', { exact: true }).fill('errors are too many');
  await decision().getByRole('button', { name: 'Roll back' }).click();
  await expect(run()).toContainText('Answered: Roll back');
  await page.reload();
  await expect(run()).toContainText('errors are too many');
  await run().getByText('What was on the screen then').click();
  await expect(run()).toContainText(/% against .*%, allowed/);
});

test('the operator aborts: what it did is undone first', async () => {
  test.setTimeout(300_000);
  await open(begun.search);
  await expect(here()).toContainText(/Detecting|Deciding/, { timeout: 180_000 });
  await abortButton().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why').fill('lunch');
  await dialog.getByRole('button', { name: 'Abort now' }).click();
  await expect(dialog).toBeHidden();
  await expect(heading()).toContainText('Aborted:', { timeout: 60_000 });
  await expect(heading()).toContainText('lunch');
  await expect(run()).toContainText('What it did has been undone');
  await expect(abortButton()).toHaveCount(0);
  expect(await send(page, 'GET', `/drill-runs/${begun.search}`)).toMatchObject({
    undo: { state: 'done' },
    state: 'aborted',
  });
  await expectFit();
});

test('a tabletop: the situation, the clock and an answer in words', async () => {
  const table = { level: 'tabletop', fault: null, control: null, situation: 'The judge is silent. What now?' };
  await open(await begin('letters', { ...table, decision: { by: 'person', deadline: '5m' } }));
  await expect(run()).toContainText('The judge is silent. What now?');
  await run().getByLabel('What you would do, and why').fill('Ask telemetry, then roll back');
  await expectFit();
  await decision().getByRole('button', { name: 'Roll back' }).click();
  await expect(heading()).toContainText('it was decided to roll back', { timeout: 60_000 });
  await expect(here()).toContainText('Decided');
  await expect(clock('decide')).toHaveAttribute('data-state', 'recorded');
  await expect(clock('detect')).toHaveAttribute('data-state', 'not_applicable');
  await expect(page.locator('#lessons')).toContainText('nothing was injected');
});

test('a real regression of the same feature interrupts it at once', async () => {
  test.setTimeout(300_000);
  await open(begun['new-checkout']);
  // Under its fault, and waiting for somebody: nothing but real trouble ends it now.
  await expect(here()).toContainText('Deciding', { timeout: 180_000 });
  sender?.breakCandidate(0.5);
  await expect(heading()).toContainText('Interrupted:', { timeout: 120_000 });
  await expect(run()).toContainText('Real trouble comes first. What it did has been undone.');
  await expect(page.getByRole('list', { name: 'Log' })).toContainText('Real trouble');
  expect(await send(page, 'GET', `/drill-runs/${begun['new-checkout']}`)).toMatchObject({ undo: { state: 'done' } });
  // The real one goes back as if there had been no drill.
  await expect
    .poll(async () => (await send(page, 'GET', `/rollouts/${real}`)).state, { timeout: 120_000 })
    .toMatch(/^roll(ing|ed)_back$/);
});

test('what was answered is carried out, timed and proven', async () => {
  test.setTimeout(400_000);
  await open(begun.checkout);
  await expect(heading()).toContainText('Proven: what was recorded is back', { timeout: 300_000 });
  for (const name of ['detect', 'decide', 'actuate', 'propagate', 'recover'])
    await expect(clock(name)).toHaveAttribute('data-state', 'recorded');
  await expect(page.locator('#proof')).toContainText('What is served is what was recorded');
  await expect(page.locator('#proof')).toContainText('was not touched');
  await expect(page.locator('#lessons')).toContainText('Next time: not scheduled');
  await expect(page.getByRole('region', { name: 'End the drill' })).toHaveCount(0);
  await expectFit();

  const report = page.waitForEvent('download');
  await page.locator('#lessons').getByRole('button', { name: 'Download' }).click();
  const text = readFileSync(await (await report).path(), 'utf8');
  expect(text).toContain('# Drill: Checkout goes back');
  expect(text).toContain('errors are too many');

  // The judge was right, the clock was not.
  await clock('detect').getByRole('button', { name: 'Correct detect' }).click();
  const dialog = page.getByRole('dialog');
  const from = Date.parse(await dialog.getByLabel('From', { exact: true }).inputValue());
  await dialog.getByLabel('To', { exact: true }).fill(new Date(from + 3_000).toISOString());
  await dialog.getByLabel('Why').fill('the clock of the judge was slow');
  await dialog.getByRole('button', { name: 'Correct', exact: true }).click();
  await expect(clock('detect').locator('strong')).toHaveText(/^3\.?0*\s*s$/);
  await expect(clock('detect')).toContainText('the clock of the judge was slow');
});
