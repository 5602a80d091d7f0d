/**
 * What differs between two recorded states, in lines that a person can read. Pure. Without a line outside of
 * `criteria` the digests are equal, and everybody is served the same.
 */
import { createHash } from 'node:crypto';
import type { Values } from '@/lib/configuration/model';
import { canonicalJson } from '@/lib/event/canonical';
import type { Exposure } from '@/lib/feature/model';
import type { Difference, RecordedOverride, SnapshotBody } from './model';
import { servedFlags } from './served';

/** Equal for equal states, whenever and for whatever reason they were recorded. */
export function stateDigest(body: SnapshotBody): string {
  const { flags, configuration, migrations } = body;
  const state = {
    baseline: flags.baseline,
    versions: flags.versions,
    exposure: exposureFacts(flags.exposure),
    overrides: precedence(flags.overrides),
    configuration: configuration?.values ?? null,
    migrations: Object.fromEntries(stepStates(migrations)),
  };
  return createHash('sha256').update(canonicalJson(state)).digest('hex');
}

export function compare(a: SnapshotBody, b: SnapshotBody): Difference[] {
  return [
    ...lines('baseline', [['baseline', a.flags.baseline, b.flags.baseline]]),
    ...lines('versions', both(Object.entries(a.flags.versions), Object.entries(b.flags.versions), 'versions')),
    ...exposureLines(a.flags, b.flags),
    ...overrideLines(a.flags.overrides, b.flags.overrides),
    ...compareConfiguration(a.configuration?.values ?? null, b.configuration?.values ?? null),
    ...lines('migrations', both(stepStates(a.migrations), stepStates(b.migrations), 'migrations')),
    ...lines('criteria', both(readings(a), readings(b), 'criteria')),
  ];
}

type Line = [path: string, from: unknown, to: unknown];
type Named = Iterable<[name: string, value: unknown]>;

const same = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

function lines(part: Difference['part'], all: Line[]): Difference[] {
  return all
    .filter(([, from, to]) => !same(from, to))
    .map(([path, from, to]) => ({ part, path, from: from ?? null, to: to ?? null }));
}

function both(a: Named, b: Named, under: string): Line[] {
  const [left, right] = [new Map(a), new Map(b)];
  return [...new Set([...left.keys(), ...right.keys()])].map((name) => [
    `${under}.${name}`,
    left.get(name) ?? null,
    right.get(name) ?? null,
  ]);
}

/** As evaluation reads it: `rolloutId` decides who is in a share. */
function exposureFacts(exposure: Exposure | null): Record<string, unknown> | null {
  if (exposure === null) return null;
  const { featureKey, environment, withdrawn, ...facts } = exposure;
  return { ...facts, withdrawn: [...(withdrawn ?? [])].sort() };
}

type Flags = SnapshotBody['flags'];

/** Cohort by cohort; what that does not tell of, such as who is in a share, has a line of its own. */
function exposureLines(a: Flags, b: Flags): Difference[] {
  const shares = (flags: Flags) =>
    servedFlags({ ...flags, overrides: [] })
      .exposure.filter((row) => row.share > 0)
      .map((row): [string, unknown] => [row.cohort, { version: row.version, share: row.share }]);
  const of = (flags: Flags) => exposureFacts(flags.exposure) ?? {};
  const told = lines('exposure', [
    ...both(shares(a), shares(b), 'exposure'),
    ['exposure.withdrawn', listed(of(a).withdrawn), listed(of(b).withdrawn)],
    ['exposure.others', of(a).baseline, of(b).baseline],
  ]);
  if (told.length > 0 || same(exposureFacts(a.exposure), exposureFacts(b.exposure))) return told;
  return lines('exposure', [['exposure.plan', exposureFacts(a.exposure), exposureFacts(b.exposure)]]);
}

const listed = (list: unknown): unknown => (Array.isArray(list) && list.length > 0 ? list : null);

/** Kills need no order; of the others the later one counts: by scope, then bound to the environment, then newer. */
export function precedence(overrides: RecordedOverride[]): { kills: string[]; serves: string[] } {
  const kills = overrides.filter((o) => o.effect === 'kill').map(contentOf);
  const serves = overrides.filter((o) => o.effect === 'serve');
  return { kills: [...new Set(kills)].sort(), serves: serves.sort((a, b) => rank(a) - rank(b)).map(contentOf) };
}

const scopes = ['organisation', 'environment', 'cohort', 'user'];
const rank = (o: RecordedOverride): number => scopes.indexOf(o.scope) * 2 + (o.environment === null ? 0 : 1);

/** What it does, whoever set it and why. */
export const contentOf = (o: RecordedOverride): string =>
  canonicalJson([o.scope, o.value, o.environment, o.effect, o.version]);

function overrideLines(a: RecordedOverride[], b: RecordedOverride[]): Difference[] {
  const named = (all: RecordedOverride[]) => all.map((o): [string, unknown] => [overrideName(o), o.version ?? 'kill']);
  const told = lines('overrides', both(named(a), named(b), 'overrides'));
  if (told.length > 0 || same(precedence(a), precedence(b))) return told;
  return lines('overrides', [['overrides.order', precedence(a), precedence(b)]]);
}

/** Such as `cohort beta`, `kill: everybody`, `cohort eu (this environment only)`. */
export function overrideName(o: RecordedOverride): string {
  const whom =
    o.scope === 'organisation' ? 'everybody' : o.scope === 'environment' ? 'environment' : `cohort ${o.value}`;
  return `${o.effect === 'kill' ? 'kill: ' : ''}${whom}${o.environment === null ? '' : ' (this environment only)'}`;
}

/** Value by value; null: there is none. */
export const compareConfiguration = (a: ValuesOf | null, b: ValuesOf | null): Difference[] =>
  lines('configuration', leaves('configuration', a, b));

type ValuesOf = Record<string, Values>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Down to where one side is no object; a list is one value. */
function leaves(path: string, a: unknown, b: unknown): Line[] {
  if (same(a, b)) return [];
  if (!isObject(a) || !isObject(b)) return [[path, a, b]];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    leaves(`${path}.${key}`, Object.hasOwn(a, key) ? a[key] : undefined, Object.hasOwn(b, key) ? b[key] : undefined),
  );
}

/** A step that has not begun has changed nothing. */
function stepStates(migrations: SnapshotBody['migrations']): Array<[string, string]> {
  return migrations.filter((m) => m.state !== 'pending').map((m) => [`${m.rolloutId}/${m.name}`, m.state]);
}

function readings(body: SnapshotBody): Array<[string, unknown]> {
  return body.criteria.map((c) => [`${c.criterion}${c.cohort === null ? '' : ` (${c.cohort})`}`, c.value]);
}
