/** Runbooks that come with Belay: the proofs that every rollback needs, and around them what the case asks for. */
import { defaultRunbook } from '@/lib/runbook/default';
import type { ProvingAct, RunbookStep } from '@/lib/runbook/model';

export type BuiltinRunbook = { id: string; name: string; description: string; body: RunbookStep[] };

/** The proving steps in the order of Belay's own runbook, each with what comes right after it. */
function withSteps(after: Partial<Record<ProvingAct, RunbookStep[]>>): RunbookStep[] {
  return defaultRunbook.steps.flatMap((step) => [step, ...(after[step.act as ProvingAct] ?? [])]);
}

type Person = { name: string; title: string; expected: string; how: string; who: string };
const person = (step: Person): RunbookStep => ({ act: 'person', ...step, blocking: false });
/** The rollback waits for it. */
const needed = (step: Person): RunbookStep => ({ act: 'person', ...step, blocking: true });
type Call = {
  name: string;
  title: string;
  expected: string;
  how: string;
  webhook: string;
  body: Record<string, unknown>;
};
const call = (step: Call): RunbookStep => ({ act: 'call', ...step, timeoutMs: 10_000 });

const stopWriters = needed({
  name: 'stop-writers',
  title: 'See that nothing writes the new shape any more',
  expected: 'No job, consumer or scheduled task of the new version is running.',
  how: 'Look for workers of the new version: long jobs that began before the rollback go on until they end.',
  who: 'YOUR-TEAM',
});

export const runbooks: BuiltinRunbook[] = [
  {
    id: 'flag-only',
    name: 'Flag only',
    description:
      'For a feature that changes what people see and nothing that is stored. Belay does and proves all of it; one person says so where incidents are talked about.',
    body: withSteps({
      restore: [
        person({
          name: 'say-so',
          title: 'Say that the feature was taken back, and why',
          expected: 'Whoever is on call for the services around it knows, and does not look for the cause elsewhere.',
          how: 'The message is in YOUR-CHANNEL with a link to this rollback.',
          who: 'whoever is on call',
        }),
      ],
    }),
  },
  {
    id: 'flag-configuration-migrations',
    name: 'Flag, configuration and migrations',
    description:
      'For a feature that also changed data. Between the flag and the first revert somebody makes sure that nothing writes the new shape any more: a job that outlives the flag would write into a column that is about to go.',
    body: withSteps({
      restore: [stopWriters],
      integrity: [
        person({
          name: 'look-at-errors',
          title: 'Look at the error log of the services that read this data',
          expected: 'No errors about unknown columns, missing rows or failed conversions since the reverts.',
          how: 'Search the log for the name of the table from the time of the first revert on.',
          who: 'YOUR-TEAM',
        }),
      ],
    }),
  },
  {
    id: 'caches-and-cdn',
    name: 'With caches and a CDN',
    description:
      'For pages and answers that are kept on the way: after the flag is back, users still get the new version from a cache. Both caches are purged by webhook, the inner one first, so that the outer one cannot fill itself with old answers again.',
    body: withSteps({
      restore: [
        call({
          name: 'purge-application-cache',
          title: 'Purge the application cache',
          expected: 'The cache answers that the keys of this feature are gone.',
          how: 'The hit rate of the cache falls and then recovers within minutes.',
          webhook: 'YOUR-PURGE-WEBHOOK',
          body: { scope: 'feature' },
        }),
        call({
          name: 'purge-cdn',
          title: 'Purge the CDN',
          expected: 'The CDN accepts the purge of the pages of this feature.',
          how: 'Fetch such a page twice: the first answer says MISS, and it is the old version.',
          webhook: 'YOUR-CDN-WEBHOOK',
          body: { scope: 'feature' },
        }),
      ],
      read_back: [
        person({
          name: 'look-as-a-user',
          title: 'Open the page as a user would',
          expected: 'The old version, from every region that you can look from.',
          how: 'Use a private window, so that your own browser keeps nothing.',
          who: 'whoever is on call',
        }),
      ],
    }),
  },
  {
    id: 'payments',
    name: 'Payments: with support and refunds',
    description:
      'For what moves money. Support hears of it before the first customer calls; payments that were begun with the new version are looked at one by one, and the rollback is not verified before somebody has said that they are right.',
    body: withSteps({
      restore: [
        person({
          name: 'tell-support',
          title: 'Tell support what customers may have seen',
          expected: 'Support has an answer for customers who were charged twice, or not at all.',
          how: 'Support has confirmed it in YOUR-CHANNEL.',
          who: 'YOUR-SUPPORT-TEAM',
        }),
      ],
      integrity: [
        needed({
          name: 'check-payments',
          title: 'Check the payments that were begun with the new version',
          expected: 'Every payment is either captured once with its order, or released.',
          how: 'Compare the provider’s list since the start of the rollout with the orders; note how many differed.',
          who: 'YOUR-PAYMENTS-TEAM',
        }),
        needed({
          name: 'check-refunds',
          title: 'Refund what was taken wrongly',
          expected: 'Every wrong charge has a refund, and each customer concerned has been written to.',
          how: 'The sum of the refunds is the sum that the comparison found; write it into the note.',
          who: 'YOUR-PAYMENTS-TEAM',
        }),
      ],
    }),
  },
  {
    id: 'outside-plane',
    name: 'An outside control plane',
    description:
      'For a feature whose traffic somebody else’s tool switches. Belay orders the old state and reads it back; what it cannot see is a person who changes it there meanwhile, or a region that the tool forgot. So somebody keeps others’ hands off, and looks.',
    body: withSteps({
      restore: [
        person({
          name: 'hands-off',
          title: 'Ask everybody to leave the switch alone',
          expected: 'Nobody changes this feature by hand until the rollback is verified.',
          how: 'It is said in YOUR-CHANNEL, and the tool’s own history shows no change but Belay’s.',
          who: 'whoever is on call',
        }),
      ],
      read_back: [
        needed({
          name: 'look-into-the-tool',
          title: 'Look into YOUR-TRAFFIC-TOOL itself',
          expected: 'Every region serves the old version, and no rule of a person stands above it.',
          how: 'Compare each region with the snapshot that this rollback restores. If one differs, set it there by hand.',
          who: 'YOUR-TEAM',
        }),
      ],
    }),
  },
  {
    id: 'data-repair',
    name: 'With a repair of data',
    description:
      'For a version that may have written wrong rows. The repair runs after the reverts and before the integrity checks, so that the checks prove it. Where a check still fails, it says what to do; mend it and press retry, and the rollback goes on from there.',
    body: withSteps({
      restore: [stopWriters],
      revert_migrations: [
        call({
          name: 'repair-rows',
          title: 'Repair the rows that the new version wrote',
          expected: 'The job answers once it is done, with how many rows it found and repaired.',
          how: 'The job must be one that can run twice: it finds nothing the second time.',
          webhook: 'YOUR-REPAIR-WEBHOOK',
          body: { job: 'repair', mode: 'apply' },
        }),
        needed({
          name: 'look-at-repairs',
          title: 'Look at a few repaired rows',
          expected: 'They are what they were before the rollout, or what they would have become with the old version.',
          how: 'Take five at random from the report of the job and compare them with the last backup.',
          who: 'YOUR-TEAM',
        }),
      ],
      integrity: [
        {
          act: 'check',
          name: 'no-damage-left',
          title: 'Count the rows that are still wrong',
          expected: 'None.',
          how: 'The query is the one that the repair job finds its rows with.',
          check: {
            kind: 'sql',
            name: 'no-damage-left',
            database: 'YOUR-DATABASE',
            query: 'select 1 from YOUR_TABLE where YOUR_OLD_COLUMN is null limit 1',
            expect: 'no_rows',
            timeoutMs: 30_000,
            onFailure: 'Run the repair again and read its report. If it finds nothing, its query misses these rows.',
          },
        },
      ],
    }),
  },
];
