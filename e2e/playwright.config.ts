import { defineConfig } from '@playwright/test';

const proofs = ['rollback.spec.ts', 'drill.spec.ts', 'rollout.spec.ts'];

/** Journeys in a real browser. Each journey starts an installation of its own: `e2e/installation.ts`. */
export default defineConfig({
  testDir: '.',
  // What takes longest is begun first, so that it is not what all others are over before: the demo, then proofs of return.
  projects: [
    { name: 'demo', testMatch: 'demo.spec.ts' },
    { name: 'proofs', testMatch: proofs },
    { name: 'journeys', testMatch: '*.spec.ts', testIgnore: ['demo.spec.ts', ...proofs] },
  ],
  outputDir: '../test-results',
  timeout: 180_000,
  expect: { timeout: 20_000 },
  // Most of a journey is waiting for telemetry; the tests of one file go one after the other.
  workers: 3,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  use: {
    locale: 'en-GB',
    timezoneId: 'UTC',
    // Of a failure there are the document at each step, the console and the network. A film of every page besides would
    // be a quarter of what the journeys compute, and make them slow on a small machine.
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: true, sources: true },
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      // A test machine is often root in a container, and nothing of the browser's own may reach for the network.
      args: [
        '--no-sandbox',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
