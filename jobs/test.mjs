/**
 * `npm test`: everything, in the order in which it fails soonest, and one closing line `N passed, N failed`.
 * A check is one; a test is one; what was skipped, or could not be counted, has failed.
 *
 * The build goes beside the unit tests, and speaks once it is over, so that each is read in one piece.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { checkNode, install, root } from './bootstrap.mjs';
import { findChromium, findHaproxy, findRedis } from './test-services.mjs';

checkNode();
process.chdir(root);
install({ dev: true });
const reports = mkdtempSync(join(tmpdir(), 'belay-test-reports-'));
const redis = await findRedis();
const haproxy = findHaproxy();
const chromium = await findChromium();
const env = {
  ...process.env,
  CI: 'true',
  REDIS_TEST_URL: redis.url,
  HAPROXY_PATH: haproxy,
  CHROMIUM_PATH: chromium,
  NEXT_TELEMETRY_DISABLED: '1',
};
// The settings of an instance that this person runs are not those of the tests.
const foreign = ['PORT', 'OTLP_PORT', 'HOST', 'DATA_DIR', 'DATABASE_URL', 'REDIS_URL', 'BELAY_DEMO', 'NODE_ENV'];
for (const name of foreign) delete env[name];

const total = { passed: 0, failed: 0 };
const complaints = [];
const started = Date.now();

/** @returns {Promise<number | null>} its exit code */
function run(title, command, args, { aside = false, more = {} } = {}) {
  const begins = `\n── ${title} ── ${command} ${args.join(' ')}`;
  if (!aside) console.log(begins);
  const from = Date.now();
  const child = spawn(join(root, 'node_modules/.bin', command), args, {
    cwd: root,
    env: { ...env, ...more },
    stdio: ['ignore', aside ? 'pipe' : 'inherit', aside ? 'pipe' : 'inherit'],
  });
  const said = aside ? [`${begins}\n`] : [];
  child.stdout?.on('data', (chunk) => said.push(chunk));
  child.stderr?.on('data', (chunk) => said.push(chunk));
  return new Promise((resolve) => {
    child.once('error', (error) => said.push(`${error.message}\n`));
    child.once('close', (status) => {
      for (const chunk of said) process.stdout.write(chunk);
      const took = Math.round((Date.now() - from) / 1000);
      console.log(`── ${title}: ${status === 0 ? 'ok' : `exit code ${status}`} after ${took} s`);
      resolve(status);
    });
  });
}

/** What failed is said again by name in the last lines, which are what is kept of a long record. */
function add(title, { passed, failed, names = [] }) {
  total.passed += passed;
  total.failed += failed;
  if (failed > 0) complaints.push(`${title}: ${failed} failed`, ...names.slice(0, 20).map((name) => `  ${name}`));
}

async function check(title, command, args, how) {
  const status = await run(title, command, args, how);
  add(title, status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
}

function read(report) {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return null;
  }
}

/** A run that ends badly without a failed test (an error outside of one, a crash) has one failure. */
function honest(counts, status) {
  if (counts.passed + counts.failed === 0) return { passed: 0, failed: 1 };
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

const firstLine = (text = '') => text.split('\n')[0].slice(0, 300);

async function vitest(project) {
  const report = join(reports, `${project}.json`);
  const args = ['run', '--config', 'e2e/vitest.config.ts', '--project', project];
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  const status = await run(project, 'vitest', [...args, ...reporters]);
  const files = read(report)?.testResults ?? [];
  const tests = files.flatMap((file) => file.assertionResults);
  const broken = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  const passed = tests.filter((test) => test.status === 'passed').length;
  const names = files
    .filter((file) => file.status === 'failed')
    .flatMap((file) => [
      `${relative(root, file.name)} ${firstLine(file.message)}`,
      ...file.assertionResults
        .filter((test) => test.status !== 'passed')
        .map((test) => `${test.fullName}: ${test.status} ${firstLine(test.failureMessages?.[0])}`),
    ]);
  add(project, { ...honest({ passed, failed: tests.length - passed + broken }, status), names });
}

const specsOf = (suites) => suites.flatMap((suite) => [...suite.specs, ...specsOf(suite.suites ?? [])]);

async function playwright() {
  const report = join(reports, 'playwright.json');
  const args = ['test', '--config', 'e2e/playwright.config.ts', '--reporter=list,json'];
  const more = { PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  const status = await run('browser', 'playwright', args, { more });
  const { stats, errors = [], suites = [] } = read(report) ?? {};
  const counts = stats
    ? { passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped + errors.length }
    : { passed: 0, failed: 0 };
  const names = [...specsOf(suites).filter((spec) => !spec.ok), ...errors].map(
    (of) => `${of.file ?? ''} ${of.title ?? firstLine(of.message)}`,
  );
  add('browser', { ...honest(counts, status), names });
}

await check('lint', 'biome', ['check', '--config-path=.biome.json', '.']);
await check('routes', 'next', ['typegen']);
await check('types', 'tsc', ['--noEmit']);
await check('dead code', 'knip', []);
await Promise.all([vitest('unit'), check('build', 'tsx', ['jobs/build.ts'], { aside: true })]);
// One after the other: side by side they leave each other too little of two cores for what has a deadline of its own.
await vitest('integration');
await playwright();

redis.stop();
rmSync(reports, { recursive: true, force: true });
console.log(`\n${Math.round((Date.now() - started) / 1000)} s${complaints.map((line) => `\n  ${line}`).join('')}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
