import { expect, it } from 'vitest';
import { bareDrill, drillIn, valueAt, windowLines, windowsFrom, withValues } from './text';

it('a value below a key that says nothing yet makes that key', () => {
  const text = withValues('name: a\nfault: null\n', { 'fault.share': 30, 'blast.cohort': 'beta' });
  expect(drillIn(text)).toEqual({ name: 'a', fault: { share: 30 }, blast: { cohort: 'beta' } });
  expect(valueAt(drillIn(withValues(text, { 'fault.share': 40 })), 'fault.share')).toBe(40);
});

it('what stands in a list is reached by its number, and what is taken out is gone', () => {
  const checks = [{ kind: 'sql', name: 'one', query: 'select 1' }];
  const text = withValues('name: a # mine\n', { 'knownGood.checks': checks, 'abort.after': '5m' });
  const changed = withValues(text, { 'knownGood.checks[0].query': 'select 2', 'abort.after': undefined });
  expect(valueAt(drillIn(changed), 'knownGood.checks[0].query')).toBe('select 2');
  expect(drillIn(changed)).toEqual({
    name: 'a',
    knownGood: { checks: [{ ...checks[0], query: 'select 2' }] },
    abort: {},
  });
  expect(changed).toContain('# mine');
  expect(withValues(changed, { 'blast.cohort': undefined })).toBe(changed);
});

it('a text that is no YAML now is left alone', () => {
  const broken = 'name: [a';
  expect(withValues(broken, { name: 'b' })).toBe(broken);
  expect(drillIn(broken)).toEqual({});
});

it('windows are read as they are shown, and what is none is kept for whoever names it', () => {
  const windows = windowsFrom('mon-wed 09:00-17:00\n22:00-06:00\n\nfri 15:00 - 24:00');
  expect(windows).toEqual([
    { days: ['mon', 'tue', 'wed'], from: '09:00', to: '17:00' },
    { from: '22:00', to: '06:00' },
    { days: ['fri'], from: '15:00', to: '24:00' },
  ]);
  expect(windowsFrom(windowLines(windows))).toEqual(windows);
  expect(windowLines(windows)).toBe('mon-wed 09:00-17:00\n22:00-06:00\nfri 15:00-24:00');
  expect(windowsFrom('whenever')).toEqual([{ from: 'whenever', to: '' }]);
});

it('what says nothing is left out, except where nothing means something', () => {
  const spec = {
    name: 'a',
    control: null,
    situation: '',
    objectives: { detect: '2m', decide: null },
    fault: { status: null },
    abort: { errors: null, after: '15m', checks: [] },
    knownGood: { checks: [] },
    schedule: { cron: '0 9 * * *', allowed: [], paused: false },
  };
  expect(bareDrill(spec)).toEqual({
    name: 'a',
    objectives: { detect: '2m' },
    fault: { status: null },
    abort: { after: '15m' },
    schedule: { cron: '0 9 * * *' },
  });
});
