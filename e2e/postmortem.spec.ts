/** From a rollback to a published report in the page, and what it shows when somebody changes the record behind it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import postgres from 'postgres';
import { type Installation, newDirectory, removeDirectory, startInstallation } from './installation';
import { desk, errorsOf, expectAccessible, expectNoSidewaysScroll, phone, send, signIn, test } from './page';
import { checkoutPlan } from './plan';
import { type Sender, startSender } from './sender';

test.describe.configure({ mode: 'serial' });
const dir = newDirectory();
let installation: Installation;
let sender: Sender | undefined;
let page: Page;
let errors: string[];
let key = '';
/** of the report */
let path = '';

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  installation = await startInstallation(dir);
  page = await browser.newPage({ viewport: desk });
  errors = errorsOf(page);
  await signIn(page, installation);
  key = String((await send(page, 'POST', '/keys', { name: 'second pair of eyes', role: 'approver' })).key);
});
test.afterAll(async () => {
  await sender?.stop();
  await page?.close();
  await installation?.stop();
  removeDirectory(dir);
});
test.afterEach(() => expect(errors, 'errors in the console of the browser').toEqual([]));

async function expectFit(): Promise<void> {
  for (const size of [desk, phone]) {
    await page.setViewportSize(size);
    await page.evaluate(() => window.scrollTo(0, 0));
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  }
  await page.setViewportSize(desk);
}

const section = (name: string) => page.locator(`[data-section="${name}"]`);

test('a rollback has a draft within a minute, and each claim of it shows where it is from', async () => {
  const versions = { control: false, treatment: true };
  await send(page, 'PUT', '/features/new-checkout', {
    key: 'new-checkout',
    owner: 'payments',
    versions,
    baseline: 'control',
  });
  await send(page, 'PUT', '/cohorts/beta', { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
  const { id } = await send(page, 'POST', '/rollouts', checkoutPlan());
  sender = startSender({ otlp: installation.otlp, feature: 'new-checkout', cohorts: ['beta'] });
  await send(page, 'POST', `/rollouts/${id}/start`, { reason: 'go' });
  sender.breakCandidate(0.5);

  await page.goto(`${installation.address}/rollouts/${id}`);
  await expect(page.getByRole('region', { name: 'Verdict' })).toContainText(/Roll(ed|ing) back/, { timeout: 60_000 });
  // No reload: the link arrives in the open page by itself.
  const link = page.getByRole('link', { name: 'Post-mortem: draft' }).first();
  await expect(link).toBeVisible({ timeout: 60_000 });
  await link.click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(
    'new-checkout treatment taken back in production',
    {
      timeout: 60_000,
    },
  );
  path = new URL(page.url()).pathname;
  await expect(section('summary')).toContainText('had failed');
  const glance = page.getByRole('region', { name: 'At a glance' });
  await expect(glance.locator('[data-glance="outcome"]')).toContainText(/aken back/);
  await expect(glance.locator('[data-glance="cost"]').first()).toContainText('Excess errors');
  await expect(glance.locator('[data-glance="next"]')).toContainText('What is next');
  await expect(page.getByRole('region', { name: 'Milestones' })).toContainText('Decided');
  await expect(page.getByRole('table', { name: 'Impact' }).getByRole('row', { name: /Excess errors/ })).toContainText(
    /\d+ to \d+/,
  );
  await expect(section('causes')).toContainText('it finds no cause');

  await page.locator('[data-figure="impact/errors"] a').first().click();
  const from = page.getByRole('complementary', { name: 'Where this is from' });
  await expect(from).toContainText('Fay & Feuer');
  await expect(from).toContainText('Candidate, all (n₁)');
  await expectFit();
  await page.keyboard.press('Escape');
  await expect(from).toBeHidden();
  await section('summary').locator('a').first().click();
  await expect(from.locator('[data-source^="event/"]')).toContainText('Place in the history');
  await page.keyboard.press('Escape');
  await expectFit();
});

test('people edit, curate, comment and add what is to be done', async () => {
  await page.getByRole('button', { name: 'Edit: Lessons' }).click();
  const editor = page.getByRole('form', { name: 'Edit: Lessons' });
  await editor.getByRole('checkbox').first().uncheck();
  await editor
    .getByLabel('In your own words (Markdown)')
    .fill('Retry **once**. <script>alert(1)</script> [look](javascript:alert(1)) [here](https://example.org/a)');
  await editor.getByRole('button', { name: 'Preview' }).click();
  await expect(editor.getByRole('region', { name: 'Preview' }).locator('strong')).toHaveText('once');
  await editor.getByRole('button', { name: 'Save' }).click();
  await expect(editor).toBeHidden();
  const own = page.locator('[data-own="lessons"]');
  await expect(own.locator('strong')).toHaveText('once');
  await expect(own.locator('script')).toHaveCount(0);
  await expect(own.locator('a')).toHaveCount(1);
  await expect(own.locator('a')).toHaveAttribute('rel', /noopener/);
  await expect(section('lessons')).toContainText('1 drafted sentence is struck out');

  const timeline = page.getByRole('list', { name: 'Timeline', exact: true });
  const entry = timeline.getByRole('listitem').filter({ hasText: 'The rollout of treatment starts' });
  await entry.getByRole('button', { name: /^Curate/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why').fill('everybody knows');
  await dialog.getByRole('button', { name: 'Hide it' }).click();
  await expect(dialog).toBeHidden();
  await expect(entry).toHaveCount(0);
  await page.getByText('1 hidden, each with who hid it and why').click();
  await expect(page.getByRole('list', { name: 'Hidden entries' })).toContainText('everybody knows');
  await page.getByRole('button', { name: 'Add an entry' }).click();
  await dialog.getByLabel('What happened').fill('A customer called');
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await expect(timeline).toContainText('A customer called');

  await page.getByRole('button', { name: 'Comment: Impact' }).click();
  await page.getByLabel('Comment on Impact').fill('Does this count retries?');
  await page.getByRole('button', { name: 'Send the comment' }).click();
  await expect(page.getByRole('list', { name: 'Comments on Impact' })).toContainText('Does this count retries?');

  await page.getByRole('button', { name: 'Add an action' }).click();
  await dialog.getByLabel('What is to be done').fill('Alert on failed checkouts');
  await dialog.getByLabel('Owner').fill('payments');
  await dialog.getByLabel('Due').fill('2020-01-31');
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('table', { name: 'Open actions' })).toContainText('overdue');
  await expectFit();

  await page.goto(`${installation.address}/`);
  await expect(page.getByRole('region', { name: /needs? attention/ })).toContainText(
    'Alert on failed checkouts is overdue',
  );
  await page.goto(`${installation.address}/postmortems?q=customer`);
  await expect(page.getByRole('list', { name: 'Post-mortems' })).toContainText('1 overdue');
  await expectFit();
});

/** To nobody that there is, which is refused by name; then to whoever is here, who has no mailbox. */
async function sendIt(): Promise<void> {
  const [me] = await send<Array<{ name: string }>>(page, 'GET', '/people');
  const name = me?.name ?? '';
  await page.getByRole('button', { name: 'Send it' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/Who gets it/).fill(`${name}, Nobody`);
  await dialog.getByRole('button', { name: 'Send it' }).click();
  await expect(dialog).toContainText('Nobody is nobody here');
  await dialog.getByLabel(/Who gets it/).fill(name);
  await dialog.getByLabel('Note').fill('Read the impact');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Send it' }).click();
  await expect(dialog).toContainText('has named no mailbox');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('list', { name: 'Sent in the last thirty days' })).toContainText('No mail');
}

test('it is reviewed, published, handed out and compared', async ({ request }) => {
  await page.goto(installation.address + path);
  await page.getByRole('button', { name: 'Ask for a review' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/Who is asked/).fill('second pair of eyes');
  await dialog.getByRole('button', { name: 'Ask them' }).click();
  await expect(dialog).toBeHidden();
  // Nobody publishes past a reviewer who has not answered.
  await page.getByRole('button', { name: 'Publish it' }).click();
  await dialog.getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(dialog.getByRole('alert')).toContainText('not approved this version');
  await dialog.getByRole('button', { name: 'Close' }).click();

  const id = path.split('/').at(-1);
  // Facts still come in, and a redraft makes another version: what was approved must be what is published.
  await expect(async () => {
    const { versions } = await send<{ versions: Array<{ number: number }> }>(page, 'GET', `/postmortems/${id}`);
    const answer = await request.post(`${installation.address}/api/v1/postmortems/${id}/review`, {
      headers: { authorization: `Bearer ${key}` },
      data: { state: 'approved', version: versions.at(-1)?.number, note: 'clear' },
    });
    expect(answer.status(), await answer.text()).toBe(200);
    await page.reload();
    await expect(page.getByRole('complementary', { name: 'About this report' })).toContainText('Approved');
    await page.getByRole('button', { name: 'Publish it' }).click();
    await dialog.getByRole('button', { name: 'Publish', exact: true }).click();
    await expect(dialog).toBeHidden({ timeout: 5_000 });
  }).toPass({ timeout: 60_000 });
  await expect(page.locator('article header')).toContainText('Published');
  await expect(page.locator('article header')).toContainText('Seal intact');
  await expect(page.getByRole('complementary', { name: 'About this report' })).toContainText('repeated in the history');

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Markdown' }).click();
  const markdown = readFileSync(await (await download).path(), 'utf8');
  expect(markdown).toContain('# new-checkout treatment taken back in production');
  expect(markdown).toContain('A customer called');
  expect(markdown).toContain('Alert on failed checkouts');
  expect(markdown).not.toMatch(/(?<!\\)<script/);
  expect(markdown).not.toMatch(/\]\(\s*javascript:/);

  await sendIt();
  const pdf = await page.pdf({ path: join(dir, 'report.pdf'), format: 'A4' });
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('navigation', { name: 'Pages' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Amend: Lessons' })).toBeHidden();
  await expect(section('summary')).toBeVisible();
  await page.emulateMedia({ media: null });

  await page.getByRole('link', { name: 'What changed between versions' }).click();
  await page.locator('select[name=from]').selectOption('1');
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect(page.locator('#changes')).toContainText('A customer called');
  await expect(page.locator('#changes [data-change="added"]').filter({ hasText: 'Retry **once**' })).toHaveCount(1);
  await expectFit();
});

test('a record that was tampered with is detected, and said above everything else', async () => {
  const sql = postgres(installation.databaseUrl, { max: 1, onnotice: () => {} });
  const id = path.split('/').at(-1) ?? '';
  await page.goto(installation.address + path);
  await expect(page.locator('article header')).toContainText('Seal intact');
  await expect(page.locator('#seal-broken')).toHaveCount(0);
  try {
    await expect(
      sql`update postmortem_version set document = replace(document, 'A customer', 'Nobody') where postmortem_id = ${id}`,
    ).rejects.toThrow('never changed');
    await sql`alter table postmortem_version disable trigger user`;
    const changed = await sql`update postmortem_version set document = replace(document, 'A customer', 'Nobody')
      where postmortem_id = ${id} and event_seq is not null`;
    expect(changed.count).toBe(1);
    await page.reload();
    await expect(page.locator('#seal-broken')).toContainText('This report is not what was sealed');
    await expect(page.locator('#seal-broken')).toContainText(/version \d+ is not what was sealed/);
    await expect(page.locator('article header')).toContainText('Seal broken');
    await expectFit();
    await sql`update postmortem_version set document = replace(document, 'Nobody', 'A customer')
      where postmortem_id = ${id} and event_seq is not null`;
    await sql`alter table postmortem_version enable trigger user`;
    await page.reload();
    await expect(page.locator('article header')).toContainText('Seal intact');
    // The words that everybody reads, changed beneath their seal.
    await sql`update postmortem set title = 'All was well', document = jsonb_set(document::jsonb, '{title}', '"All was well"')::json
      where id = ${id}`;
    await page.reload();
    await expect(page.locator('#seal-broken')).toContainText('what is shown is not version');
  } finally {
    await sql.end();
  }
});
