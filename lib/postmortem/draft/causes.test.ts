import { describe, expect, test } from 'vitest';
import type { Excess } from '@/lib/criterion/excess';
import { exampleFacts } from '../example';
import type { Facts } from '../facts';
import { candidatesOf, causeSentences, changesOf } from './causes';
import { textOf } from './sentence';
import type { Told } from './words';

const value = (key: string, of: string | null, over: Partial<Excess>): Excess => ({
  key,
  value: of,
  baseline: { n: 100, y: 1 },
  candidate: { n: 100, y: 20 },
  excess: 19,
  low: 10,
  high: 28,
  share: 0.9,
  traffic: 0.25,
  clear: true,
  newHere: false,
  goneHere: false,
  symptom: false,
  echoes: null,
  ...over,
});

/** What the whole stretch says of invoices, and what was kept with the decision. */
function toldOf(whole: Partial<Excess>, kept: { cohort: string | null; values: Excess[] } | null): Told {
  const facts: Facts = structuredClone(exampleFacts());
  for (const measured of facts.measured)
    if (measured.excess)
      measured.excess = {
        total: { excess: 20, low: 9, high: 31, n: 400 },
        values: [value('payment.method', 'invoice', whole)],
        cohorts: [],
        keys: ['payment.method'],
      };
  const data = kept && { decisionId: 'dec_1', excess: { criterion: 'errors', instances: null, ...kept } };
  const [first] = facts.events;
  if (!first) throw new Error('the example has events');
  if (data) facts.events.push({ ...first, seq: 9_999, kind: 'rollout.explained', reason: 'explained', data });
  return { facts, figures: [], milestones: [] };
}
const invoices = (told: Told) => candidatesOf(told).filter((c) => c.criterion === 'errors' && c.value === 'invoice');

describe('candidates for the cause', () => {
  test('what stood out where the decision was made stays a candidate, once, with its place and its source', () => {
    const kept = { cohort: 'eu', values: [value('payment.method', 'invoice', { share: 0.93 })] };
    const told = toldOf({ clear: false, share: 0.4 }, kept);
    const [found, ...more] = invoices(told);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ clear: true, share: 0.93, cohort: 'eu', sources: [{ kind: 'event', seq: 9_999 }] });
    const text = causeSentences(told, candidatesOf(told), []).map(textOf).join(' ');
    expect(text.replaceAll('\u202f', ' ')).toContain(
      'payment.method=invoice carries 93 % of the excess of “errors” in the cohort eu, and 25 % of the requests',
    );
  });

  test('where the whole says so too, it is told of the whole', () => {
    const kept = { cohort: 'eu', values: [value('payment.method', 'invoice', { share: 0.93 })] };
    const found = invoices(toldOf({ share: 0.97 }, kept));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ clear: true, share: 0.97, cohort: null });
  });

  test('what was kept of another criterion, or did not stand out, is none', () => {
    const other = toldOf({ clear: false }, null);
    expect(invoices(other)).toMatchObject([{ clear: false, cohort: null }]);
    const unclear = { cohort: 'eu', values: [value('payment.method', 'invoice', { clear: false })] };
    expect(invoices(toldOf({ clear: false }, unclear))).toMatchObject([{ clear: false, cohort: null }]);
  });
});

test('where Belay sends its mail is no change near the onset; how telemetry is read is one', () => {
  const facts = exampleFacts();
  const [first] = facts.events;
  if (!first) throw new Error('the example has events');
  const at = new Date(Date.parse(facts.from) + 1_000).toISOString();
  const changed = ['mail', 'console', 'notice-defaults', 'rollback_cap', 'mapping'].map((setting, i) => ({
    ...first,
    ...{ seq: 9_000 + i, at, kind: 'settings.changed' as const, reason: `${setting} was changed`, data: { setting } },
  }));
  const onset = { name: 'onset' as const, at, sources: [{ kind: 'event' as const, seq: first.seq }], why: '' };
  const told = { facts: { ...facts, events: changed, deployments: [] }, figures: [], milestones: [onset] };
  expect(changesOf(told).map(({ sources }) => sources)).toEqual([[{ kind: 'event', seq: 9_004 }]]);
});
