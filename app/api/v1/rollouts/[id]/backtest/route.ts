import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { backtest } from '@/lib/rollout/backtest';

export const POST = route({
  ...operations.backtest,
  run: ({ ctx, params, input }) => backtest(ctx, params.id, input),
});
