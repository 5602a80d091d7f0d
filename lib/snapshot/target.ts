/**
 * What going back to a snapshot means, given what there is now. Pure.
 *
 * Comes back: the baseline of the environment, overrides of cohorts, environment and organisation as they count here,
 * what was exposed, the configuration values. Stays: kills that were thrown since, for that is the safe side;
 * everything that is set for one user; the values of versions, which count in all environments; migration steps,
 * which have reverts of their own. Never comes back: the version that is rolled back (`without`).
 */
import { canonicalJson } from '@/lib/event/canonical';
import { compare, contentOf, overrideName, precedence } from './compare';
import type { Difference, RecordedOverride, RestorePreview, SnapshotBody } from './model';
import { servedFlags } from './served';

export type Restorable = { desired: SnapshotBody; changes: Difference[]; remains: RestorePreview['remains'] };
type Options = { without: string | null };

export function restorable(present: SnapshotBody, target: SnapshotBody, options: Options): Restorable {
  const remains: RestorePreview['remains'] = [];
  const { versions } = present.flags;
  const flags = {
    versions,
    baseline: baselineOf(present, target, options, remains),
    overrides: overridesOf(present, target, options, remains),
    exposure: exposureOf(present, target, options, remains),
  };
  for (const [version, value] of Object.entries(target.flags.versions))
    if (Object.hasOwn(versions, version) && canonicalJson(versions[version]) !== canonicalJson(value))
      remains.push({
        what: `the value of ${version}`,
        why: 'it counts in all environments; change the feature itself',
      });
  const desired: SnapshotBody = {
    flags: { ...flags, served: servedFlags(flags).exposure },
    configuration: configurationOf(present, target),
    migrations: present.migrations,
    criteria: target.criteria,
  };
  const changes = compare(present, desired).filter(({ part }) => part !== 'criteria');
  return { desired, changes, remains };
}

function baselineOf(present: SnapshotBody, target: SnapshotBody, { without }: Options, remains: Restorable['remains']) {
  const { versions } = present.flags;
  const wanted = target.flags.baseline;
  const fits = (version: string | undefined): version is string =>
    version !== undefined && version !== without && Object.hasOwn(versions, version);
  if (fits(wanted)) return wanted;
  const others = [present.flags.baseline, present.flags.exposure?.baseline, ...Object.keys(versions)];
  const instead = others.find(fits) ?? present.flags.baseline;
  const why = wanted === without ? 'it is what is rolled back' : 'it is no version of the feature any more';
  remains.push({ what: `${instead} is the baseline, not ${wanted}`, why });
  return instead;
}

function overridesOf(
  present: SnapshotBody,
  target: SnapshotBody,
  { without }: Options,
  remains: Restorable['remains'],
): RecordedOverride[] {
  const now = present.flags.overrides;
  const then = target.flags.overrides.filter((o) => {
    const why = unfit(o.version, present, without);
    if (why) remains.push({ what: `${overrideName(o)} is not served ${o.version}`, why });
    return why === null;
  });
  const [kills, serves] = [ofEffect(then, 'kill'), ofEffect(then, 'serve')];
  const known = new Set(kills.map(contentOf));
  const mine = new Map(ofEffect(now, 'kill').map((o) => [contentOf(o), o]));
  for (const [content, o] of mine)
    if (!known.has(content)) {
      remains.push({ what: overrideName(o), why: `it was thrown since, and stays until it is lifted: ${o.reason}` });
      kills.push(o);
    }
  // What is as it was then keeps its rows, whoever has set them again since.
  const standing = ofEffect(now, 'serve');
  const unchanged = canonicalJson(precedence(standing).serves) === canonicalJson(precedence(serves).serves);
  return [...kills.map((o) => mine.get(contentOf(o)) ?? o), ...(unchanged ? standing : serves)].sort(byAge);
}

const ofEffect = (all: RecordedOverride[], effect: RecordedOverride['effect']) =>
  all.filter((o) => o.effect === effect);

const byAge = (a: RecordedOverride, b: RecordedOverride) =>
  Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.id < b.id ? -1 : 1);

/** Why a version may not be served again; null: it may. */
function unfit(version: string | null, present: SnapshotBody, without: string | null): string | null {
  if (version === null) return null;
  if (version === without) return `${version} is what is rolled back`;
  return Object.hasOwn(present.flags.versions, version) ? null : `${version} is no version of the feature any more`;
}

function exposureOf(present: SnapshotBody, target: SnapshotBody, { without }: Options, remains: Restorable['remains']) {
  const wanted = target.flags.exposure;
  if (wanted === null) return null;
  const why = unfit(wanted.candidate, present, without) ?? unfit(wanted.baseline, present, without);
  if (why === null) return wanted;
  remains.push({ what: `${wanted.candidate} is exposed to nobody`, why });
  return null;
}

/** Versions that came since keep the values that they have: nobody is served a version without them. */
function configurationOf(present: SnapshotBody, target: SnapshotBody): SnapshotBody['configuration'] {
  if (target.configuration === null) return null;
  const { revision, values } = target.configuration;
  const since = Object.entries(present.configuration?.values ?? {}).filter(
    ([version]) => !Object.hasOwn(values, version) && Object.hasOwn(present.flags.versions, version),
  );
  return { revision, values: { ...values, ...Object.fromEntries(since) } };
}

/** Rows that go and rows that come, so that what is set now becomes what is desired. */
export function rowChanges(
  present: RecordedOverride[],
  desired: RecordedOverride[],
): { go: RecordedOverride[]; come: RecordedOverride[] } {
  const identity = (o: RecordedOverride) => `${contentOf(o)} ${o.createdAt}`;
  const [before, after] = [new Set(present.map(identity)), new Set(desired.map(identity))];
  return {
    go: present.filter((o) => !after.has(identity(o))),
    come: desired.filter((o) => !before.has(identity(o))),
  };
}

/**
 * Versions that somebody would get more of than now, the version apart that is known good now: to expose one again
 * takes an approver.
 */
export function exposesMore(present: SnapshotBody, desired: SnapshotBody): string[] {
  const [now, then] = [present.flags, desired.flags];
  const more = [...new Set([...cohortsOf(now), ...cohortsOf(then), '*'])].flatMap((cohort) => {
    const before = sharesOf(now, cohort);
    return [...sharesOf(then, cohort)].filter(([version, share]) => share > (before.get(version) ?? 0));
  });
  const versions = new Set(more.map(([version]) => version));
  versions.delete(now.baseline);
  return [...versions];
}

function cohortsOf(flags: SnapshotBody['flags']): string[] {
  const { exposure, withdrawn } = servedFlags(flags);
  return [...exposure.map((row) => row.cohort), ...withdrawn];
}

/** Percent of each version for those who are in this cohort and no other; "*": in none. */
function sharesOf(flags: SnapshotBody['flags'], cohort: string): Map<string, number> {
  const state = servedFlags(flags);
  const mine = (name: string) => name === cohort || name === '*';
  // Nothing is exposed to a cohort that was taken back; what is set for it by hand still counts.
  const rows = state.withdrawn.some(mine) ? servedFlags({ ...flags, exposure: null }).exposure : state.exposure;
  const row = rows.find((r) => mine(r.cohort));
  if (!row || row.version === state.baseline) return new Map([[state.baseline, 100]]);
  return new Map([
    [row.version, row.share],
    [state.baseline, 100 - row.share],
  ]);
}
