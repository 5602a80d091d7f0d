/**
 * From acknowledging the datum that a deciding look used to the verdict in the database, and to OFREP serving the
 * baseline: receiver and worker as processes of their own on a PostgreSQL of their own, all rollouts at the same time.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startPostgres } from '@/jobs/postgres';
import type { Context } from '@/lib/context';
import { type Database, openDatabase } from '@/lib/db';
import { putSetting } from '@/lib/event/setting';
import { putFeature } from '@/lib/feature/feature';
import { migrateDatabase } from '@/lib/migrate';
import { createRollout, perform } from '@/lib/rollout/rollout';
import type { Figure } from './figure';
import { requestsBody, requestsPlan } from './requests';

const rounds = 20;
const healthyReports = 12;
const reportEveryMs = 1_000;
/** They go bad one after the other, as in life. */
const apartMs = 700;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

type Seen = { seenAt: number; dataUntil: number };
type Bed = {
  ctx: Context;
  otlp: string;
  /** when the rollout's verdict became to roll back, and the newest datum that it used */
  verdictOf: (rolloutId: string) => Promise<Seen>;
  close: () => Promise<void>;
};

export async function benchVerdict(): Promise<Figure[]> {
  const bed = await makeBed();
  try {
    const took = await Promise.all(Array.from({ length: rounds }, (_, i) => oneRound(bed, `bench-${i}`, i * apartMs)));
    return [
      figure(
        'acknowledged → verdict',
        took.map((t) => t.verdictMs),
        '≤ 1,000',
      ),
      figure(
        'acknowledged → OFREP serves the baseline',
        took.map((t) => t.baselineMs),
        '≤ 2,000',
      ),
    ].flat();
  } finally {
    await bed.close();
  }
}

function figure(name: string, values: number[], target: string): Figure[] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? 0);
  const of = `of ${values.length} rollouts`;
  return [
    { name: `${name}, p50 ${of}`, value: at(0.5), unit: 'ms', target },
    { name: `${name}, p99 ${of}`, value: at(0.99), unit: 'ms', target },
  ];
}

/** Healthy reports, then bad ones until the verdict turns; the clock runs from the acknowledgement of the last one that it used. */
async function oneRound(
  bed: Bed,
  feature: string,
  afterMs: number,
): Promise<{ verdictMs: number; baselineMs: number }> {
  const startedAt = Date.now() - 130_000;
  await putFeature(bed.ctx, {
    key: feature,
    owner: 'bench',
    versions: { control: false, treatment: true },
    baseline: 'control',
  });
  const then = { ...bed.ctx, now: () => new Date(startedAt) };
  const { id } = await createRollout(then, requestsPlan(feature).replace('minSamples: 1000', 'minDuration: 1h'));
  await perform(then, id, 'start', { reason: 'bench' });
  for (let i = 0; i < healthyReports; i++) await send(bed, feature, startedAt + i * 10_000, 0.01);
  const exposed = await exposedUser(bed, feature);

  await pause(afterMs);
  const acknowledged: Array<{ at: number; acknowledgedAt: number }> = [];
  let verdict: Seen | undefined;
  let baselineAt = 0;
  const looking = (async () => {
    verdict = await bed.verdictOf(id);
    while ((await servedVersion(bed, feature, exposed)) !== 'control') await pause(10);
    baselineAt = Date.now();
  })();
  for (let i = 0; i < 100 && !verdict; i++) {
    const at = Date.now();
    await send(bed, feature, at, 0.3);
    acknowledged.push({ at, acknowledgedAt: Date.now() });
    await pause(reportEveryMs);
  }
  await looking;
  const { seenAt, dataUntil } = verdict as unknown as Seen;
  const last = acknowledged.filter((a) => a.at <= dataUntil).at(-1)?.acknowledgedAt;
  if (last === undefined) throw new Error('the verdict used none of what was sent');
  return { verdictMs: seenAt - last, baselineMs: baselineAt - last };
}

let sent = 0;
async function send(bed: Bed, feature: string, at: number, badShare: number): Promise<void> {
  const bad = Math.round(500 * badShare);
  const body = requestsBody({
    feature,
    environment: 'production',
    at: at + (++sent % 1000) / 1000,
    overMs: 1_000,
    traffic: [
      { version: 'control', cohort: 'eu', ok: 495, bad: 5 },
      { version: 'treatment', cohort: 'eu', ok: 500 - bad, bad },
    ],
  });
  const answer = await fetch(`${bed.otlp}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: new Uint8Array(body),
  });
  if (!answer.ok) throw new Error(`the receiver answered ${answer.status}: ${await answer.text()}`);
}

async function servedVersion(bed: Bed, feature: string, targetingKey: string): Promise<string> {
  const answer = await fetch(`${bed.otlp}/ofrep/v1/evaluate/flags/${feature}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ context: { targetingKey } }),
  });
  return ((await answer.json()) as { variant: string }).variant;
}

async function exposedUser(bed: Bed, feature: string): Promise<string> {
  for (let i = 0; i < 1_000; i++)
    if ((await servedVersion(bed, feature, `user-${i}`)) === 'treatment') return `user-${i}`;
  throw new Error('nobody is served the candidate');
}

/** One poll for all rollouts, so that looking costs little of what is measured. */
function watchVerdicts(database: Database) {
  const waiting = new Map<string, (seen: Seen) => void>();
  const timer = setInterval(async () => {
    if (waiting.size === 0) return;
    const rows = await database.sql`
      select rollout_id as id, body->>'dataUntil' as until from verdict where kind = 'roll_back' and rollout_id in ${database.sql([...waiting.keys()])}`;
    for (const { id, until } of rows) {
      waiting.get(id)?.({ seenAt: Date.now(), dataUntil: Date.parse(until) });
      waiting.delete(id);
    }
  }, 20);
  return {
    of: (id: string) => new Promise<Seen>((resolve) => waiting.set(id, resolve)),
    close: () => clearInterval(timer),
  };
}

async function makeBed(): Promise<Bed> {
  const dir = mkdtempSync(join(tmpdir(), 'belay-bench-'));
  chmodSync(dir, 0o755);
  const server = await startPostgres({ dir });
  await migrateDatabase(server.url, process.cwd());
  const port = await freePort();
  const env = { ...process.env, DATABASE_URL: server.url, OTLP_PORT: String(port), LOG_LEVEL: 'error' };
  const children = await Promise.all(['jobs/receiver.ts', 'jobs/worker.ts'].map((file) => startChild(file, env)));
  const database = openDatabase(server.url, { name: 'bench', max: 5 });
  // What is measured is how soon Belay acts, not how often it may.
  await putSetting(database.db, new Date(), 'rollback_cap', { max: 1_000 });
  const verdicts = watchVerdicts(database);
  return {
    verdictOf: verdicts.of,
    ctx: {
      db: database.db,
      now: () => new Date(),
      enqueue: async () => {},
      actor: { kind: 'rule', id: 'bench', name: 'bench', environment: null },
    },
    otlp: `http://127.0.0.1:${port}`,
    close: async () => {
      verdicts.close();
      await database.close();
      await Promise.all(children.map((child) => ended(child)));
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Resolves once the process says that it is ready. */
export function startChild(file: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
