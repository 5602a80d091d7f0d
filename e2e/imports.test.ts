/** The import table bites: in a copy of the configuration, a planted violation of every row is found. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const allowed = 'allowed';
const refused = 'refused';

/** A file of each row of the table, what it imports, and whether it may. */
const planted: Array<[file: string, imports: string, verdict: string]> = [
  ['lib/rollout/new-verb.ts', '@/app/ui/text/words', refused],
  ['lib/rollout/new-verb.ts', '@/jobs/supervisor/lock', refused],
  ['lib/rollout/new-verb.ts', 'react', refused],
  ['lib/rollout/new-verb.ts', 'ioredis', refused],
  ['lib/rollout/new-verb.ts', '@/lib/feature/store', refused],
  ['lib/rollout/new-verb.ts', '@/lib/otlp/receive', refused],
  ['lib/rollout/new-verb.ts', '../../lib/errors', refused],
  ['lib/rollout/new-verb.ts', 'fast-check', refused],
  ['lib/rollout/new-verb.ts', '@/lib/feature/feature', allowed],
  ['lib/rollback/carry.ts', '@/lib/http/problem', refused],
  ['lib/config.ts', '@/lib/rollout/rollout', refused],
  ['lib/context.ts', './feature/feature', refused],
  ['lib/context.ts', './access/model', allowed],
  ['lib/queue/queue.ts', '@/lib/rollout/rollout', refused],
  ['lib/queue/queue.ts', 'bullmq', allowed],
  ['lib/http/route.ts', 'react', refused],
  ['lib/http/route.ts', 'postgres', refused],
  ['lib/event/event.ts', '@/lib/feature/feature', refused],
  ['lib/access/access.ts', '@/lib/rollout/rollout', refused],
  ['lib/feature/feature.ts', '@/lib/rollout/rollout', refused],
  ['lib/feature/feature.ts', '@/lib/rollout/model', allowed],
  ['lib/feature/feature.ts', '@/lib/plane/plane', refused],
  ['lib/event/event.ts', '@/lib/webhook/target', refused],
  ['lib/event/event.ts', '@/lib/status/status', refused],
  ['lib/webhook/send.ts', '@/lib/plane/plane', refused],
  ['lib/webhook/send.ts', '@/lib/feature/feature', refused],
  ['lib/webhook/send.ts', '@/lib/access/authorise', allowed],
  ['lib/plane/plane.ts', '@/lib/rollout/rollout', refused],
  ['lib/plane/plane.ts', '@/lib/rollback/rollback', refused],
  ['lib/plane/plane.ts', '@/lib/webhook/store', refused],
  ['lib/plane/plane.ts', '@/lib/webhook/deliver', allowed],
  ['lib/rollback/carry.ts', '@/lib/plane/open', allowed],
  ['lib/migration/migration.ts', '@/lib/rollout/rollout', refused],
  ['lib/migration/migration.ts', '@/lib/plane/plane', refused],
  ['lib/migration/migration.ts', 'postgres', refused],
  ['lib/migration/database.ts', 'postgres', refused],
  ['lib/migration/migration.ts', '@/lib/webhook/deliver', allowed],
  ['lib/webhook/send.ts', '@/lib/migration/migration', refused],
  ['lib/feature/feature.ts', '@/lib/migration/migration', refused],
  ['lib/rollback/carry.ts', '@/lib/migration/migration', allowed],
  ['lib/snapshot/take.ts', '@/lib/rollout/rollout', refused],
  ['lib/snapshot/take.ts', '@/lib/rollout/model', allowed],
  ['lib/configuration/current.ts', '@/lib/rollback/restore', refused],
  ['lib/configuration/current.ts', 'postgres', refused],
  ['lib/runbook/runbook.ts', '@/lib/rollback/rollback', refused],
  ['lib/runbook/runbook.ts', '@/lib/migration/target', allowed],
  ['lib/notice/notice.ts', '@/lib/rollout/rollout', refused],
  ['lib/notice/notice.ts', '@/lib/webhook/deliver', allowed],
  ['lib/signal/signal.ts', '@/lib/rollout/rollout', refused],
  ['lib/signal/signal.ts', '@/lib/otlp/receive', refused],
  ['lib/otlp/receive.ts', '@/lib/rollout/rollout', refused],
  ['lib/stats/evidence.ts', 'node:fs', refused],
  ['lib/chart/axis.ts', '@/lib/signal/signal', refused],
  ['lib/chart/axis.ts', '@/lib/signal/model', allowed],
  ['lib/criterion/judge.ts', '@/lib/signal/signal', refused],
  ['lib/criterion/judge.ts', 'drizzle-orm', refused],
  ['lib/rollout/decide.ts', './store', refused],
  ['lib/rollout/decide.ts', '@/lib/db', refused],
  ['lib/rollout/decide.ts', '@/lib/criterion/model', allowed],
  ['lib/feature/evaluate.ts', '@/lib/feature/flags', refused],
  ['lib/rollout/model.ts', '@/lib/db', refused],
  ['lib/rollout/model.ts', 'zod', allowed],
  ['lib/drill/proxy-model.ts', '@/lib/db', refused],
  ['lib/drill/proxy-model.ts', 'zod', allowed],
  ['lib/rollout/store.ts', '@/lib/event/event', refused],
  ['lib/rollout/store.ts', '@/app/ui/text/words', refused],
  ['lib/rollout/store.ts', '@/drizzle/schema/rollout', allowed],
  ['drizzle/schema/rollout.ts', '@/lib/rollout/model', refused],
  ['drizzle/schema/rollout.ts', '../../lib/rollout/rollout', refused],
  ['drizzle/schema/rollout.ts', '../../lib/rollout/model', allowed],
  ['jobs/worker.ts', '@/app/ui/text/words', refused],
  ['jobs/worker.ts', '@/lib/rollout/store', refused],
  ['jobs/worker.ts', '@/lib/wiring', refused],
  ['jobs/worker.ts', '@/lib/rollout/rollout', allowed],
  ['jobs/crash/bed.ts', '@/e2e/redis', allowed],
  ['jobs/crash/bed.ts', '@/app/ui/text/words', refused],
  ['app/page.tsx', '@/jobs/postgres', refused],
  ['app/page.tsx', '@/lib/rollout/store', refused],
  ['app/page.tsx', 'drizzle-orm', refused],
  ['app/page.tsx', '@/lib/rollout/rollout', allowed],
  ['app/button.client.tsx', '@/lib/rollout/rollout', refused],
  ['app/button.client.tsx', 'node:fs', refused],
  ['app/button.client.tsx', '@/app/rollouts/page', refused],
  ['app/button.client.tsx', '@/lib/chart/axis', allowed],
  ['app/button.client.tsx', '@/lib/drill/proxy-model', allowed],
  ['app/button.client.tsx', '@/lib/drill/fault/proxies', refused],
  ['e2e/journey.spec.ts', '@/app/ui/text/words', refused],
  ['app/ui/rollout/new.test.ts', '@/app/ui/text/words', allowed],
  ['app/ui/rollout/new.test.ts', '@/app/rollouts/page', refused],
];

/** Each spelling of an import counts: of a value, of a type only, passed on, and at run time. */
const spellings = (from: string) =>
  [
    `import { one } from '${from}';`,
    `import type { Two } from '${from}';`,
    `export { three } from '${from}';`,
    `export const later = () => import('${from}');`,
    'export const used: Two = one;',
  ].join('\n');
const spelt = 4;

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'belay-imports-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

type Finding = { category: string; location: { path: string } };

/** Lints files that exist nowhere but here, under the project's own configuration. */
function lint(files: Record<string, string>): Finding[] {
  const folder = mkdtempSync(join(dir, 'case-'));
  copyFileSync(join(root, '.biome.json'), join(folder, '.biome.json'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const args = [
    'lint',
    '--config-path=.biome.json',
    '--vcs-enabled=false',
    '--reporter=json',
    '--max-diagnostics=none',
  ];
  const run = spawnSync(join(root, 'node_modules/.bin/biome'), [...args, '.'], { cwd: folder, encoding: 'utf8' });
  return (JSON.parse(run.stdout) as { diagnostics: Finding[] }).diagnostics;
}

const count = (findings: Finding[], rule: string, file: string) =>
  findings.filter((f) => f.category.endsWith(`/${rule}`) && f.location.path === file).length;

describe('who may import whom', () => {
  // A folder holds a file once, so what is planted in one file comes in turns.
  const turns = new Map<number, typeof planted>();
  const seen = new Map<string, number>();
  for (const row of planted) {
    const turn = seen.get(row[0]) ?? 0;
    seen.set(row[0], turn + 1);
    turns.set(turn, [...(turns.get(turn) ?? []), row]);
  }
  test.each([...turns.values()].map((rows, turn) => ({ turn, rows })))('turn $turn', ({ rows }) => {
    const findings = lint(Object.fromEntries(rows.map(([file, imports]) => [file, spellings(imports)])));
    const bites = rows.map(([file, imports]) => [file, imports, count(findings, 'noRestrictedImports', file)]);
    expect(bites).toEqual(rows.map(([file, imports, verdict]) => [file, imports, verdict === allowed ? 0 : spelt]));
  });
});

test('a cycle, a barrel and a promise that nobody waits for', () => {
  const findings = lint({
    'lib/rollout/one.ts': "import { two } from './two';\nexport const one = (): number => two();\n",
    'lib/rollout/two.ts': "import { one } from './one';\nexport const two = (): number => one();\n",
    'lib/rollout/all.ts': "export * from './one';\nexport * from './two';\n",
    'lib/rollout/late.ts': 'async function work(): Promise<void> {}\nexport function go(): void {\n  work();\n}\n',
  });
  expect(count(findings, 'noImportCycles', 'lib/rollout/one.ts')).toBeGreaterThan(0);
  expect(count(findings, 'noBarrelFile', 'lib/rollout/all.ts')).toBeGreaterThan(0);
  expect(count(findings, 'noFloatingPromises', 'lib/rollout/late.ts')).toBeGreaterThan(0);
});
