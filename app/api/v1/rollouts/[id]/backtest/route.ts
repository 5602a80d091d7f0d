import { backtest } from '@/lib/backtest/backtest';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const POST = route({
  ...operations.backtest,
  run: ({ ctx, params, input }) => backtest(ctx, params.id, input),
});
