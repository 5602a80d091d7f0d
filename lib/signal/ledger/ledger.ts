/**
 * The ledger: what was acknowledged is in it, once.
 *
 * Blocks that arrive within a few milliseconds share one commit. A commit is one statement: receipts first, and
 * only blocks whose digest is new become ledger rows, so a request that is sent again, here or to another replica,
 * during or after the first, changes nothing. That is also why a commit whose reply was lost is simply repeated.
 */
import type { Sql } from 'postgres';
import type { Block } from './block';

/** @returns how many blocks were new */
export async function commitBlocks(sql: Sql, receivedAt: Date, entries: Block[]): Promise<number> {
  let at = 1;
  const starts = entries.map(({ block }) => {
    at += block.length;
    return at - block.length;
  });
  const digests = Buffer.concat(entries.map((e) => e.digest));
  const blocks = Buffer.concat(entries.map((e) => e.block));
  // drizzle takes the date serialiser from the client that it wraps
  const received = receivedAt.toISOString();
  // Receipts go in sorted, so that two receivers with the same blocks cannot lock each other out.
  const rows = await sql<[{ fresh: number }]>`
    with given as (
      select substring(${digests}::bytea from 16 * no::int - 15 for 16) as digest,
        substring(${blocks}::bytea from start for size) as block, points, no
      from unnest(${starts}::int[], ${entries.map((e) => e.block.length)}::int[], ${entries.map((e) => e.points)}::int[])
        with ordinality as g(start, size, points, no)
    ), fresh as (
      insert into receipt (digest, received_at)
      select distinct digest, ${received}::timestamptz from given order by digest
      on conflict do nothing returning digest
    ), stored as (
      insert into ledger (received_at, points, block)
      select ${received}::timestamptz, points, block
      from (select distinct on (digest) * from given order by digest, no) g join fresh using (digest) order by no
      returning id
    ), pending as (
      insert into ledger_pending (ledger_id) select id from stored
    )
    select count(*)::int as fresh, case when count(*) > 0 then pg_notify('belay_ledger', '') end from stored`;
  return rows[0].fresh;
}

/** Serialisation failures, deadlocks, and a server or connection that went away: the same again may succeed. */
export function isTransient(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string') return false;
  return (
    /^(40001|40P01|08...|57P0.|53...|55P03)$/.test(code) ||
    /^(CONNECTION_|CONNECT_|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND)/.test(code)
  );
}

const deadlineMs = 5_000;
const pauseMs = 50;

/** Runs until it succeeds, fails for good, or five seconds have gone by. Only for what may be done twice. */
export async function persist<T>(run: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (let attempt = 0; ; attempt++) {
    const left = deadline - performance.now();
    try {
      return await within(left, run());
    } catch (error) {
      const pause = Math.min(pauseMs * 2 ** attempt, 500);
      if (!isTransient(error) || left < pause) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** A connection that hangs must not hold a sender: it gives up, and the digest keeps what happens later single. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error('the database does not answer')), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

type Waiting = { entry: Block; done: () => void; failed: (error: unknown) => void };

export type Ledger = {
  /** Resolves once the block is committed; rejects when it is not known to be. */
  commit(entry: Block): Promise<void>;
  /** Commits what waits. */
  close(): Promise<void>;
};

export function openLedger(options: { sql: Sql; now: () => Date; gatherMs?: number; atMost?: number }): Ledger {
  const { sql, now, gatherMs = 5, atMost = 64 } = options;
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let since = 0;

  async function flush(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    const group = waiting;
    waiting = [];
    try {
      await persist(() =>
        commitBlocks(
          sql,
          now(),
          group.map((w) => w.entry),
        ),
      );
      for (const w of group) w.done();
    } catch (error) {
      for (const w of group) w.failed(error);
    }
  }

  function start(): void {
    running = flush().finally(() => {
      running = null;
      if (waiting.length > 0) arm();
    });
  }

  function arm(): void {
    if (running) return;
    const left = since + gatherMs - performance.now();
    if (waiting.length >= atMost || left <= 0) start();
    else timer ??= setTimeout(start, left);
  }

  return {
    commit: (entry) =>
      new Promise<void>((done, failed) => {
        if (waiting.length === 0) since = performance.now();
        waiting.push({ entry, done, failed });
        arm();
      }),
    close: async () => {
      while (running || waiting.length > 0) {
        if (!running) start();
        await running;
      }
    },
  };
}
