import { expect, test } from 'vitest';
import { type Attributes, defaultMapping, type Mapping, mappingInput } from './model';
import { isSegmentAttribute, segmentsOf } from './segment';
import { unitRatio } from './unit';
import { matchesWhere } from './where';

const found = (point: Attributes, resource: Attributes = {}, mapping: Mapping = defaultMapping) =>
  segmentsOf('production', point, resource, mapping).map((s) => `${s.feature}=${s.version}@${s.cohort}`);
const key = 'feature_flag.key';
const variant = 'feature_flag.result.variant';

test.each<[rule: string, point: Attributes, resource: Attributes, segments: string[]]>([
  ['the current convention', { [key]: 'a', [variant]: 'on', cohort: 'beta' }, {}, ['a=on@beta']],
  ['the older convention', { [key]: 'a', 'feature_flag.variant': 'on' }, {}, ['a=on@']],
  ['the newer one wins', { [key]: 'a', [variant]: 'new', 'feature_flag.variant': 'old' }, {}, ['a=new@']],
  ['a value stands in for a variant', { [key]: 'a', 'feature_flag.result.value': true }, {}, ['a=true@']],
  ['a feature without version is no segment', { [key]: 'a' }, {}, []],
  ['the point wins over the resource', { [key]: 'a', [variant]: 'p' }, { [variant]: 'r', cohort: 'eu' }, ['a=p@eu']],
  ['parallel arrays', { [key]: ['a', 'b'], [variant]: ['on', 'off'] }, {}, ['a=on@', 'b=off@']],
  ['a hole in parallel arrays', { [key]: ['a', 'b'], [variant]: ['on'] }, {}, ['a=on@', 'b=on@']],
  [
    'the key inside the name',
    { 'feature_flag.checkout.variant': 'on', 'rollout.cohort': 'eu' },
    {},
    ['checkout=on@eu'],
  ],
  ['a convention is not a feature', { 'feature_flag.result.variant': 'on' }, {}, []],
  ['deployments', {}, { 'service.name': 'shop', 'service.version': '2.4.0' }, ['shop=2.4.0@']],
  [
    'a flag and a deployment: each counts',
    { [key]: 'a', [variant]: 'on' },
    { 'service.name': 'shop', 'service.version': '2' },
    ['a=on@', 'shop=2@'],
  ],
  ['one segment a feature', { [key]: 'a', [variant]: 'on', 'feature_flag.a.variant': 'other' }, {}, ['a=on@']],
  ['numbers are spelled out', { [key]: 'a', [variant]: 3 }, {}, ['a=3@']],
])('%s', (_rule, point, resource, segments) => expect(found(point, resource)).toEqual(segments));

test('what a drill marks is kept apart, whoever sends it and whatever it says of its environment', () => {
  const places = (point: Attributes, resource: Attributes = {}) =>
    segmentsOf('production', { [key]: 'a', [variant]: 'on', ...point }, resource, defaultMapping).map(
      (s) => s.environment,
    );
  expect(places({ 'drill.id': 'run_1' })).toEqual(['drill/run_1']);
  expect(places({}, { 'drill.id': 'run_1', 'deployment.environment.name': 'production' })).toEqual(['drill/run_1']);
  expect(places({ 'drill.id': 'run_2' }, { 'drill.id': 'run_1' })).toEqual(['drill/run_2']);
  for (const nothing of [undefined, null, '', { nested: 1 }] as const)
    expect(places(nothing === undefined ? {} : { 'drill.id': nothing })).toEqual(['production']);
  expect(places({ 'drill.id': 'x'.repeat(1000) })).toEqual([`drill/${'x'.repeat(100)}`]);
  expect(isSegmentAttribute('drill.id', defaultMapping)).toBe(true);
});

test('what became the segment is not kept beside it', () => {
  const kept = [
    'http.route',
    key,
    variant,
    'cohort',
    'feature_flag.x.variant',
    'service.version',
    'deployment.environment',
  ];
  expect(kept.filter((k) => !isSegmentAttribute(k, defaultMapping))).toEqual(['http.route']);
});

test('a mapping needs rules of a known kind', () => {
  expect(mappingInput.safeParse(defaultMapping).success).toBe(true);
  expect(mappingInput.safeParse({ rules: [] }).success).toBe(false);
  expect(mappingInput.safeParse({ rules: [{ kind: 'flag', feature: [], version: ['v'] }] }).success).toBe(false);
  expect(mappingInput.safeParse({ rules: [{ kind: 'other' }] }).success).toBe(false);
});

test.each<[where: Record<string, string | number | boolean | string[]>, met: boolean]>([
  [{}, true],
  [{ code: '5xx' }, true],
  [{ code: '4xx' }, false],
  [{ code: ['404', '503'] }, true],
  [{ code: '503' }, true],
  [{ code: 503 }, true],
  [{ route: '/a', code: 503 }, true],
  [{ route: '/b', code: 503 }, false],
  [{ missing: 'x' }, false],
  [{ ok: 'false' }, true],
  [{ list: 'b' }, true],
])('where %j', (where, met) => {
  const attributes = { code: 503, route: '/a', ok: false, list: ['a', 'b'], none: null };
  expect(matchesWhere(attributes, where)).toBe(met);
});

test('units convert within a dimension only, and exactly', () => {
  const convert = (value: number, from: string, to: string) => {
    const ratio = unitRatio(from, to);
    return ratio && (value * ratio.times) / ratio.over;
  };
  expect(convert(5, 'ms', 's')).toBe(0.005);
  expect(convert(3, 's', 'us')).toBe(3_000_000);
  expect(convert(2, 'KiBy', 'kBy')).toBe(2.048);
  expect(convert(7, '{checkout}', '1')).toBe(7);
  expect(convert(1, 's', 'By')).toBe(null);
  expect(convert(1, 'furlong', 's')).toBe(null);
  expect(convert(1, 'furlong', 'furlong')).toBe(1);
});
