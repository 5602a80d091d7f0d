/** The form of a feature, with the control planes that there are to choose from. */

import { FeatureForm } from '@/app/ui/feature/form.client';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import type { Context } from '@/lib/context';
import type { Feature } from '@/lib/feature/model';
import { listPlanes } from '@/lib/plane/plane';

export async function FeatureFields(props: {
  ctx: Context;
  feature: Feature | null;
  suggested?: { key: string; versions: string[] };
}) {
  const { ctx, ...rest } = props;
  const planes = valueOr(await attempt(listPlanes(ctx)), []).map(({ id, name }) => ({ id, name }));
  return <FeatureForm {...rest} planes={planes} />;
}
