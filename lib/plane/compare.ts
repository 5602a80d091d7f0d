/**
 * Whether two states serve the same to everybody. Pure. Rows that nobody gets to are no difference: a second row of a
 * cohort, what follows "*", a share of nothing at the end.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '@/lib/event/canonical';
import type { ExposureRow, PlaneState } from './model';

export const stateParts = ['baseline', 'exposure', 'configuration', 'withdrawn'] as const;
export type StatePart = (typeof stateParts)[number];

type Effective = { baseline: string; exposure: unknown[]; configuration: unknown; withdrawn: string[] };

function effective(state: PlaneState): Effective {
  const rows = reached(state.exposure).map(({ cohort, version, share }) => {
    const exposes = share > 0 && version !== state.baseline;
    return { cohort, version: exposes ? version : state.baseline, share: exposes ? share : 0 };
  });
  while (rows.at(-1)?.share === 0) rows.pop();
  return {
    baseline: state.baseline,
    exposure: rows,
    configuration: state.configuration,
    // Taken back from nobody, where nobody has it.
    withdrawn: rows.length === 0 ? [] : [...new Set(state.withdrawn)].sort(),
  };
}

function reached(rows: ExposureRow[]): ExposureRow[] {
  const everybody = rows.findIndex((row) => row.cohort === '*');
  const upTo = everybody === -1 ? rows : rows.slice(0, everybody + 1);
  return upTo.filter((row, i) => upTo.findIndex((other) => other.cohort === row.cohort) === i);
}

/** What is served otherwise; empty: the same. */
export function differences(wanted: PlaneState, found: PlaneState): StatePart[] {
  const [a, b] = [effective(wanted), effective(found)];
  return stateParts.filter((part) => canonicalJson(a[part]) !== canonicalJson(b[part]));
}

/** Equal for states that serve the same. */
export function stateDigest(state: PlaneState): string {
  return createHash('sha256')
    .update(canonicalJson(effective(state)))
    .digest('hex');
}
