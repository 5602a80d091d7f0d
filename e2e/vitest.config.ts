import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const root = fileURLToPath(new URL('..', import.meta.url));
const alias = { '@': root.replace(/\/$/, '') };

/**
 * What takes longest goes first, or one worker is left with it at the end. First of all what mostly waits, for leases that
 * run out and for a proof on the real clock; beside it what one process computes; then what starts process after process,
 * which would be in the way of those leases; then the rest.
 */
const longest = [
  '/jobs/crash/lost.',
  '/lib/drill/run/run.live.',
  '/lib/drill/run/run.',
  '/lib/rollback/plane.',
  '/lib/drill/fault/proxy.',
  '/jobs/crash/crash.',
  '/jobs/receiver.crash.',
  '/jobs/crash/drill/',
  '.live.',
  '/jobs/',
  '/lib/postmortem/hand-out/markdown.',
  '/lib/rollback/histories.',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((part) => moduleId.includes(part));
      return at < 0 ? longest.length : at;
    };
    // Stable: what is alike stays as it was.
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

/**
 * `unit`: `*.test.ts`, pure, no services. `integration`: `*.integration.test.ts`, on a real PostgreSQL
 * (a fresh database per file, copied from a migrated template) and a real Redis.
 */
export default defineConfig({
  root,
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          root,
          include: ['{lib,jobs,app,e2e}/**/*.test.ts'],
          exclude: ['**/*.integration.test.ts', '**/node_modules/**'],
          // Some compute for seconds, and longer where others do too: this only ends what hangs.
          testTimeout: 120_000,
          // Pure: nothing is left behind, and what all of them import is read once for each worker and not for each file.
          isolate: false,
          maxWorkers: 2,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'integration',
          root,
          include: ['{lib,jobs,app,e2e}/**/*.integration.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: ['e2e/services.ts'],
          // This, too, only ends what hangs.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // One more than two cores: a third of the longest files' time is waiting.
          maxWorkers: 3,
        },
      },
    ],
  },
});
