import { defineConfig } from '@playwright/test';

/** Journeys in a real browser. Each journey starts an installation of its own: `e2e/installation.ts`. */
export default defineConfig({
  testDir: '.',
  // The demo takes by far the longest: begun first, it is not what all others are over before.
  projects: [
    { name: 'demo', testMatch: 'demo.spec.ts' },
    { name: 'journeys', testMatch: '*.spec.ts', testIgnore: 'demo.spec.ts' },
  ],
  outputDir: '../test-results',
  timeout: 180_000,
  expect: { timeout: 20_000 },
  // Most of a journey is waiting for telemetry; the tests of one file go one after the other.
  workers: 2,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  use: {
    locale: 'en-GB',
    timezoneId: 'UTC',
    trace: 'retain-on-failure',
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
