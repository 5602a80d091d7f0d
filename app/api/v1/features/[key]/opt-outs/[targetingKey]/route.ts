import { optIn, optOut } from '@/lib/feature/feature';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const PUT = route({
  ...operations.addOptOut,
  run: ({ ctx, params }) => optOut(ctx, params.key, params.targetingKey),
});
export const DELETE = route({
  ...operations.removeOptOut,
  run: ({ ctx, params }) => optIn(ctx, params.key, params.targetingKey),
});
