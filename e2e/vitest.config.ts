import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const alias = { '@': root.replace(/\/$/, '') };

/**
 * `unit`: `*.test.ts`, pure, no services. `integration`: `*.integration.test.ts`, on a real PostgreSQL
 * (a fresh database per file, copied from a migrated template) and a real Redis.
 */
export default defineConfig({
  root,
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          root,
          include: ['{lib,jobs,app,e2e}/**/*.test.ts'],
          exclude: ['**/*.integration.test.ts', '**/node_modules/**'],
          testTimeout: 30_000,
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
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
