/**
 * The flags as a process serves them. A change commits with a new revision and a NOTIFY; every process that
 * evaluates reloads and writes the revision that it serves to its `listener` row, beside a heartbeat. So whoever made
 * the change can wait until everybody alive serves it. A lost NOTIFY costs one poll (1 s); a lost database costs nothing
 * but freshness: the last state is served on.
 */
import { eq, lt, sql } from 'drizzle-orm';
import { flagRevision, listener } from '@/drizzle/schema/feature';
import type { Database, Db } from '@/lib/db';
import { newId } from '@/lib/id';
import { listen } from '@/lib/listen';
import type { FlagState } from './model';
import { loadFlagState } from './state';

export type Flags = {
  state(): FlagState;
  /**
   * The revision served, as long as whoever waits for listeners would wait for this process; else null.
   * What was read from the database under a revision still holds while this answers the same number.
   */
  revision(): number | null;
  close(): Promise<void>;
};

const beatMs = 1_000;
/** Less than the 4 s after which `waitForListeners` gives a listener up, so that we give up first. */
const freshMs = 3_000;

type Listener = { id: string; process: string; revision: number };

/** Says that we are here and what we serve; answers what we should serve. */
async function tell(db: Db, { revision, ...who }: Listener): Promise<number> {
  const heartbeatAt = sql`clock_timestamp()`;
  await db
    .insert(listener)
    .values({ ...who, revision, heartbeatAt })
    .onConflictDoUpdate({
      target: listener.id,
      // Two on their way at once may arrive the other way round.
      set: { heartbeatAt, revision: sql`greatest(${listener.revision}, excluded.revision)` },
    });
  const [row] = await db.select({ revision: flagRevision.revision }).from(flagRevision).where(eq(flagRevision.id, 1));
  return row?.revision ?? 0;
}

/** Resolves once a state is loaded and the process counts as a listener. */
export async function openFlags(options: {
  url: string;
  database: Database;
  process: string;
  now: () => Date;
}): Promise<Flags> {
  const { db } = options.database;
  const id = newId('lst', options.now());
  let state = await loadFlagState(db);
  let closed = false;
  let running: Promise<void> | undefined;
  let asked = false;
  let beatAt = Number.NEGATIVE_INFINITY;

  async function beat(): Promise<number> {
    const sentAt = performance.now();
    const wanted = await tell(db, { id, process: options.process, revision: state.revision });
    beatAt = sentAt;
    return wanted;
  }

  async function catchUp(): Promise<void> {
    do {
      asked = false;
      try {
        state = await loadFlagState(db);
        // Between the load and the beat the flags may have changed again.
        if (!closed && (await beat()) > state.revision) asked = true;
      } catch {
        // The database is away: serve what we have; the next beat tries again.
        return;
      }
    } while (asked && !closed);
  }

  /** One at a time; asked for in the middle of a load, it loads once more. */
  function refresh(): void {
    asked = true;
    if (closed || running) return;
    running = catchUp().finally(() => {
      running = undefined;
    });
  }

  await db.delete(listener).where(lt(listener.heartbeatAt, sql`clock_timestamp() - interval '1 minute'`));
  if ((await beat()) > state.revision) refresh();
  let beating: Promise<void> | undefined;
  // Also while a load takes long: whoever serves the old state must be waited for.
  const timer = setInterval(() => {
    if (beating) return;
    beating = beat()
      .then(
        // Not only a greater one: a database that was restored from a copy may have gone back.
        (revision) => !running && revision !== state.revision && refresh(),
        () => {},
      )
      .then(() => {
        beating = undefined;
      });
  }, beatMs);
  const listening = listen({
    url: options.url,
    name: options.process,
    channels: ['belay_flags'],
    onNotify: refresh,
    onConnected: refresh,
  });
  return {
    state: () => state,
    revision: () => (!closed && performance.now() - beatAt < freshMs ? state.revision : null),
    close: async () => {
      closed = true;
      clearInterval(timer);
      await listening.close();
      await Promise.all([running, beating]);
      await db
        .delete(listener)
        .where(eq(listener.id, id))
        .catch(() => {});
    },
  };
}
