import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drillText } from './export';
import { type DrillInput, drillInput } from './model';
import { parseDrill } from './parse';
import { weekdays } from './schedule-model';

const aDuration = fc
  .tuple(fc.integer({ min: 1, max: 900 }), fc.constantFrom('s', 'm', 'h'))
  .map(([n, u]) => `${n}${u}`);
/** What YAML could take for something else, and what it must quote. */
const aText = fc
  .oneof(
    fc.constantFrom(
      'yes',
      'null',
      '0123',
      '1e3',
      '~',
      '- a',
      'a: b',
      '# x',
      '"',
      "'",
      '*a',
      '&a',
      '!t',
      '2026-01-01',
      '|',
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    fc.array(fc.string({ maxLength: 200 }), { minLength: 1, maxLength: 4 }).map((lines) => lines.join('\n')),
  )
  .map((text) => text.trim())
  .filter((text) => text !== '' && text.length <= 100 && !text.includes('\0'));
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const two = (n: number) => String(n).padStart(2, '0');
const aTime = fc.integer({ min: 0, max: 1439 }).map((m) => `${two(Math.floor(m / 60))}:${two(m % 60)}`);
const windows = fc.array(
  fc.record({ days: maybe(fc.subarray([...weekdays], { minLength: 1 })), from: aTime, to: aTime }),
  {
    maxLength: 3,
  },
);
const anInput = fc.record({
  name: aText,
  feature: aText,
  environment: aText.filter((text) => !text.startsWith('drill/')),
  owner: aText,
  rollout: maybe(aText),
  level: fc.constantFrom('synthetic', 'fault'),
  situation: maybe(aText),
  fault: fc.record({
    share: fc.double({ min: 0.01, max: 100, noNaN: true }),
    status: fc.option(fc.integer({ min: 400, max: 599 })),
    latencyMs: fc.integer({ min: 1, max: 60_000 }),
    expiresAfter: aDuration,
  }),
  blast: fc.record({ cohort: fc.constant('beta'), share: fc.integer({ min: 0, max: 100 }) }),
  control: maybe(fc.constant('staff')),
  objectives: fc.record({ detect: maybe(aDuration), recover: fc.option(aDuration) }),
  decision: fc.oneof(
    fc.constant({ by: 'automatic' }),
    fc.record({ by: fc.constant('person'), notThese: fc.array(aText, { maxLength: 3 }) }),
  ),
  knownGood: fc.record({
    checks: fc.array(
      fc.record({ kind: fc.constant('webhook'), name: fc.constantFrom('ask', '0.1', '1e3', 'null'), webhook: aText }),
      { maxLength: 2 },
    ),
  }),
  abort: fc.record({ errors: fc.option(fc.integer({ min: 1, max: 9 })), after: aDuration }),
  runbook: maybe(aText),
  schedule: maybe(
    fc.record({
      cron: fc.constantFrom('*/5 * * * *', '0 9 * * mon#1'),
      timeZone: fc.constantFrom('UTC', 'Europe/Berlin'),
      allowed: windows,
      blocked: windows,
      blackout: fc.subarray(['2026-12-25', '2027-01-01']),
      missed: fc.constantFrom('skip', 'run_once'),
      paused: fc.boolean(),
    }),
  ),
});

test('a drill that is exported and imported is the same drill', () => {
  fc.assert(
    fc.property(anInput, (input) => {
      const drill = drillInput.parse(input as DrillInput);
      const text = drillText(drill);
      expect(parseDrill(text), text).toEqual(drill);
      expect(drillText(parseDrill(text))).toBe(text);
    }),
    { numRuns: 100 },
  );
});

test('leaves out what is not there, keeps a null that says something, and shares nothing', () => {
  const days = ['mon' as const];
  const drill = drillInput.parse({
    name: 'n',
    feature: 'f',
    environment: 'e',
    owner: 'o',
    fault: { share: 5, status: null, latencyMs: 10, expiresAfter: '5m' },
    schedule: { cron: '0 9 * * 1' },
  });
  const window = { days, from: '09:00', to: '10:00' };
  const text = drillText({
    ...drill,
    schedule: { ...(drill.schedule as never as object), allowed: [window, window] } as never,
  });
  expect(text).toContain('status: null');
  expect(text).not.toMatch(/rollout|runbook|blast|control|provenBy|situation|[&*]a1/);
});
