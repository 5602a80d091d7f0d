import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const root = fileURLToPath(new URL('..', import.meta.url));
const slow = /property|burn\.test|excess|judging/;

/** A change is noticed by the first test that fails: tables before properties and long stretches. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => Number(slow.test(a.moduleId)) - Number(slow.test(b.moduleId)));
  }
}

/** The pure tests of judge and decision code, which `npm run mutation` runs against every change it makes to them. */
export default defineConfig({
  root,
  resolve: { alias: { '@': root.replace(/\/$/, '') } },
  test: {
    include: ['lib/{stats,criterion,rollout}/**/*.test.ts'],
    exclude: ['**/*.integration.test.ts', '**/node_modules/**'],
    isolate: false,
    sequence: { sequencer: QuickFirst },
    testTimeout: 30_000,
  },
});
