/**
 * Receiver, worker and PostgreSQL are killed with SIGKILL, ten times each, while senders go on. A sender repeats a
 * request, byte for byte, until it is acknowledged. In the end the ledger and the roll-ups hold each once.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installation, newDirectory, removeDirectory, startInstallation } from '@/e2e/installation';

const rounds = 10;
const senders = 4;
/** What must be acknowledged between two kills: the process that was killed last has come back and is at work. */
const between = 40;
const pointsInRequest = 5;

const dir = newDirectory();
let installation: Installation;
beforeAll(async () => {
  installation = await startInstallation(dir);
}, 300_000);
afterAll(async () => {
  await installation?.stop();
  removeDirectory(dir);
});

type Process = { pid: number; parent: number; command: string };

function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]), command }];
      } catch {
        return []; // it ended while we looked
      }
    });
}

const parts = { receiver: 'jobs/receiver.ts', worker: 'jobs/worker.ts', PostgreSQL: `-D ${dir}/postgres` };
type Part = keyof typeof parts;

const find = (part: Part) =>
  processes().find((p) => p.parent === installation.pid && p.command.includes(parts[part]))?.pid;

type Ledger = { acknowledged: number; requests: number; repeats: number };

/** One counter, in deltas: point n covers the nth second since the start, so no two are alike. */
function bodyOf(sender: number, number: number): { body: Buffer; sum: number } {
  const second = 1_000_000_000n;
  const start = BigInt(Date.now() - 3_600_000) * 1_000_000n;
  const values = Array.from({ length: pointsInRequest }, (_, i) => ((number * 7 + i) % 9) + 1);
  const attributes = Object.entries({
    'feature_flag.key': 'crash',
    'feature_flag.result.variant': 'treatment',
    cohort: `sender-${sender}`,
  }).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const dataPoints = values.map((value, i) => {
    const at = start + BigInt(i) * second;
    return { attributes, startTimeUnixNano: String(at), timeUnixNano: String(at + second), asInt: String(value) };
  });
  const sum = { aggregationTemporality: 1, isMonotonic: true, dataPoints };
  const scopeMetrics = [{ scope: { name: 'crash' }, metrics: [{ name: 'crash.count', unit: '1', sum }] }];
  const resource = { attributes: [{ key: 'service.instance.id', value: { stringValue: `${sender}-${number}` } }] };
  const body = gzipSync(JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics }] }));
  return { body, sum: values.reduce((a, b) => a + b, 0) };
}

function post(agent: Agent, body: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip', 'content-length': body.length };
    const sent = request(`${installation.otlp}/v1/metrics`, { agent, method: 'POST', headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
      response.once('error', () => resolve(false));
    });
    sent.setTimeout(10_000, () => sent.destroy(new Error('no answer')));
    sent.once('error', () => resolve(false));
    sent.end(body);
  });
}

async function send(sender: number, ledger: Ledger, over: () => boolean): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  for (let number = 0; !over(); number++) {
    const { body, sum } = bodyOf(sender, number);
    while (!(await post(agent, body))) {
      ledger.repeats++;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    ledger.acknowledged += sum;
    ledger.requests++;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  agent.destroy();
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 90_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within 90 s\n${installation.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test(`${rounds} kills of each process lose nothing and double nothing`, async () => {
  const ledger: Ledger = { acknowledged: 0, requests: 0, repeats: 0 };
  let over = false;
  const sending = Array.from({ length: senders }, (_, sender) => send(sender, ledger, () => over));
  const kills: Record<Part, number> = { receiver: 0, worker: 0, PostgreSQL: 0 };
  for (let round = 0; round < rounds; round++) {
    for (const part of Object.keys(parts) as Part[]) {
      const seen = ledger.requests;
      await until(`${part} runs and senders get through`, () => ledger.requests >= seen + between && !!find(part));
      const pid = find(part) ?? 0;
      process.kill(pid, 'SIGKILL');
      kills[part]++;
      await until(`another ${part}`, () => ![undefined, pid].includes(find(part)));
    }
  }
  over = true;
  await Promise.all(sending);
  expect(kills).toEqual({ receiver: rounds, worker: rounds, PostgreSQL: rounds });
  expect(ledger.repeats).toBeGreaterThan(0);

  const sql = postgres(installation.databaseUrl, { max: 1, onnotice: () => {} });
  await until('everything is folded', async () => {
    const pending = await sql`select count(*)::int as n from ledger_pending`.catch(() => []);
    return pending[0]?.n === 0;
  });
  const [kept] = await sql`select count(*)::int as requests, sum(points)::int as points from ledger`;
  expect(kept).toEqual({ requests: ledger.requests, points: ledger.requests * pointsInRequest });
  const [folded] = await sql`
    select sum(r.n)::float8 as total from rollup r join series s on s.id = r.series_id
    where s.feature = 'crash' and s.metric = 'crash.count'`;
  expect(folded).toEqual({ total: ledger.acknowledged });
  await sql.end();
}, 900_000);
