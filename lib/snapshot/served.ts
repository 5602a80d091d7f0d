/** What a recorded state serves, in the words of a control plane. Pure. */

import { pairKey } from '@/lib/feature/evaluate';
import type { FlagState } from '@/lib/feature/model';
import type { PlaneState } from '@/lib/plane/model';
import { servedState } from '@/lib/plane/served';
import type { SnapshotBody } from './model';

type Flags = Omit<SnapshotBody['flags'], 'served'>;

/** Stands for the one feature and the one environment that a body is of. */
const here = 'here';

export function planeStateOf(body: Pick<SnapshotBody, 'configuration'> & { flags: Flags }): PlaneState {
  return { ...servedFlags(body.flags), configuration: body.configuration };
}

export function servedFlags(flags: Flags): Omit<PlaneState, 'configuration'> {
  const served = servedState(flagStateOf(flags), here, here);
  if (!served) throw new Error('a recorded state has its feature');
  return served;
}

function flagStateOf({ baseline, versions, overrides, exposure }: Flags): FlagState {
  return {
    revision: 0,
    features: new Map([
      [here, { key: here, owner: '', description: '', kind: 'flag', plane: '', versions, baseline, baselines: {} }],
    ]),
    cohorts: new Map(),
    overrides: new Map([
      [
        here,
        overrides.map(({ createdBy, createdAt, ...o }) => ({
          ...o,
          featureKey: here,
          value: o.scope === 'environment' ? here : o.value,
          environment: o.environment === null ? null : here,
        })),
      ],
    ]),
    optOuts: new Set(),
    exposures: new Map(exposure ? [[pairKey(here, here), exposure]] : []),
    configurations: new Map(),
  };
}
