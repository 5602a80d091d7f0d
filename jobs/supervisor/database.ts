/** The database that everything uses: somebody else's by address, or the embedded one, started again when it dies. */
import { join } from 'node:path';
import { type EmbeddedPostgres, freePort, startPostgres } from '@/jobs/postgres';
import type { Config } from '@/lib/config';
import { openLogFile } from './log-file';
import type { Terminal } from './terminal';

export type RunningDatabase = { url: string; stop: () => Promise<void>; kill: () => void };

const restartDelayMs = 200;

export async function startDatabase(config: Config, terminal: Terminal): Promise<RunningDatabase> {
  if (config.DATABASE_URL) return { url: config.DATABASE_URL, stop: async () => {}, kill: () => {} };
  const log = openLogFile(join(config.DATA_DIR, 'logs/postgres.log'), () => {});
  const port = await freePort();
  const start = () => startPostgres({ dir: config.DATA_DIR, port, onLog: log.write });
  let running = await terminal.step('PostgreSQL, embedded', start);
  let stopping = false;

  const watch = (server: EmbeddedPostgres) => {
    server.process.once('exit', (code, signal) => {
      if (stopping) return;
      terminal.problem(`PostgreSQL ended (${signal ?? `exit code ${code}`}); starting it again`);
      void restart();
    });
  };
  // After a SIGKILL the old backends hold the shared memory for a moment: trying again is what helps.
  const restart = async () => {
    while (!stopping) {
      try {
        running = await start();
        if (stopping) return running.stop();
        watch(running);
        return terminal.line('  ✓ PostgreSQL is back');
      } catch {
        await new Promise((resolve) => setTimeout(resolve, restartDelayMs));
      }
    }
  };
  watch(running);
  return {
    url: running.url,
    stop: () => {
      stopping = true;
      return running.stop();
    },
    kill: () => {
      stopping = true;
      running.process.kill('SIGQUIT');
    },
  };
}
