/** The shape that a backtest answers with, for the document; a test holds a real answer against it. */
import { z } from 'zod';
import { type BacktestView, backtestModes, caveatKinds } from '@/lib/backtest/model';
import { outcomes } from '@/lib/criterion/model';
import { gateReasons } from '@/lib/rollout/model';
import { resolutions } from '@/lib/signal/model';
import { decisionView, rolloutView, verdictView } from './rollouts';

const instant = z.iso.datetime();
const number = z.number().nullable();
const { kind, reason, deciding } = verdictView.shape;
const firsts = z.object({ failAt: instant.nullable(), passAt: instant.nullable() });

export const backtestView = z.object({
  rolloutId: z.string(),
  from: instant,
  to: instant.meta({ description: 'before what was asked for where it took too long: see the caveat cut_short' }),
  resolution: z.literal(resolutions).meta({ description: 'seconds of a bin' }),
  mode: z.enum(backtestModes),
  looks: z.number().int(),
  plan: rolloutView.shape.plan.meta({ description: 'as it was judged: the plan of the rollout with the edits' }),
  edited: z.array(z.string()),
  caveats: z
    .array(z.object({ kind: z.enum(caveatKinds), at: instant.nullable(), says: z.string() }))
    .meta({ description: 'in what way, and from when on, this is not what would have been' }),
  wouldHave: z.array(
    z.object({
      at: instant,
      stage: z.number().int(),
      kind,
      reason,
      deciding,
      action: decisionView.shape.action.nullable().meta({ description: 'what Belay would have done about it' }),
    }),
  ),
  waits: z
    .array(z.object({ at: instant, stage: z.number().int(), unmet: z.array(z.enum(gateReasons)) }))
    .meta({ description: 'what the gate waited for, whenever that changed' }),
  happened: z.array(
    decisionView.pick({ at: true, action: true, toStage: true, acted: true, reason: true, actor: true }),
  ),
  first: z.array(
    firsts.extend({
      criterion: z.string(),
      cohort: z.string().nullable().meta({ description: 'null: overall' }),
      live: firsts.nullable().meta({ description: 'by the looks stored at the time, to a bin' }),
    }),
  ),
  outcomes: verdictView.shape.outcomes.meta({ description: 'at the end of the stretch' }),
  curves: z.array(
    z.object({
      criterion: z.string(),
      points: z
        .array(
          z.object({
            at: instant,
            estimate: number,
            low: number,
            high: number,
            limit: number,
            outcome: z.enum(outcomes),
          }),
        )
        .max(300),
    }),
  ),
}) satisfies z.ZodType<BacktestView>;
