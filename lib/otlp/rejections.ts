/** Rejected points are shown as well as answered: kept by metric and reason, written once a second, bounded. */
import type { Sql } from 'postgres';
import type { Rejection } from './identity';

const everyMs = 1_000;
/** Distinct reasons a second; the points of any further ones are counted together. */
const atMost = 100;
const kept = 1_000;

export type Rejections = { note(refused: Rejection[]): void; close(): Promise<void> };

export function openRejections(options: {
  sql: Sql;
  now: () => Date;
  log: (error: unknown, what: string) => void;
}): Rejections {
  const { sql, now, log } = options;
  let pending = new Map<string, Rejection>();
  let timer: NodeJS.Timeout | null = null;

  function add(refused: Rejection): void {
    const key = JSON.stringify([refused.environment, refused.metric, refused.message]);
    const same = pending.get(key);
    if (same) same.points += refused.points;
    else if (pending.size < atMost) pending.set(key, { ...refused });
    else if (refused.metric !== '') add({ ...refused, metric: '', message: 'points of further metrics were rejected' });
    else pending.set(key, { ...refused });
  }

  async function write(): Promise<void> {
    timer = null;
    const rows = [...pending.values()].map((r) => ({ at: now().toISOString(), ...r }));
    pending = new Map();
    if (rows.length === 0) return;
    try {
      await sql`insert into rejection ${sql(rows, 'at', 'environment', 'metric', 'message', 'points')}`;
      await sql`delete from rejection where id <= (select max(id) - ${kept} from rejection)`;
    } catch (error) {
      log(error, 'rejections could not be written');
    }
  }

  return {
    note(refused) {
      if (refused.length === 0) return;
      for (const r of refused) add(r);
      timer ??= setTimeout(write, everyMs);
      timer.unref();
    },
    close: async () => {
      if (timer) clearTimeout(timer);
      await write();
    },
  };
}
