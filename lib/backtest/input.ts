/** From what somebody sends to the plan that the backtest judges by, and the stretch that it judges. */
import { isDeepStrictEqual } from 'node:util';
import { badInput, type FieldError } from '@/lib/errors';
import { parseInput } from '@/lib/input';
import { modes, type Plan } from '@/lib/rollout/model';
import { parsePlan } from '@/lib/rollout/plan/plan';
import { type Resolution, type Retention, resolutions } from '@/lib/signal/model';
import { type BacktestMode, editableFields, editableOfStage, stretchInput } from './model';

export type Asked = { plan: Plan; edited: string[]; from: Date | null; to: Date | null; mode: BacktestMode };
type Fields = Record<string, unknown>;
/** When the rollout began and ended, in ms. */
export type Life = { from: number | null; to: number | null };

/** Each bin is a look at every criterion and cohort. */
const mostBins = 20_000;

const stretchFields = ['from', 'to', 'mode'];
const fixed = 'cannot be edited in a backtest: it is what really was';

/** @throws BelayError bad_input naming the fields as they were sent */
export function parseBacktest(own: Plan, input: unknown): Asked {
  const sent = objectOf(input ?? {}, 'body');
  // A plan has a `mode` too: whoever sends a whole plan means that one.
  const ofPlan = modes.some((m) => m === sent.mode);
  const { from, to, mode } = parseInput(stretchInput, ofPlan ? { ...sent, mode: undefined } : sent);
  const isPlans = (key: string) => !stretchFields.includes(key) || (key === 'mode' && ofPlan);
  const edits = Object.fromEntries(Object.entries(sent).filter(([key]) => isPlans(key)));
  const { stages, places } = overlaid(own, edits.stages);
  const plan = renamed(places, () => parsePlan({ ...own, ...edits, stages }));
  const wrong = changedFacts(own, plan, places);
  if (wrong.length > 0) throw badInput(wrong);
  const fields = [...editableFields, 'stages'] as const;
  return {
    plan,
    edited: fields.filter((key) => !isDeepStrictEqual(plan[key], own[key])),
    from: from === undefined ? null : new Date(from),
    to: to === undefined ? null : new Date(to),
    mode,
  };
}

/** Stages are named, so that who edits one need not repeat the others. `places`: where in the input each stands. */
function overlaid(own: Plan, sent: unknown): { stages: unknown[]; places: Map<number, number> } {
  const places = new Map<number, number>();
  if (sent === undefined) return { stages: own.stages, places };
  if (!Array.isArray(sent)) throw badInput([{ field: 'stages', message: 'must be a list' }]);
  const stages: Fields[] = own.stages.map((stage) => ({ ...stage }));
  sent.forEach((value, place) => {
    const stage = objectOf(value, `stages[${place}]`);
    const at = own.stages.findIndex((s) => s.name === stage.name);
    const wrong = (message: string) => badInput([{ field: `stages[${place}].name`, message }]);
    if (at < 0) throw wrong(`names no stage of this rollout: ${own.stages.map((s) => s.name).join(', ')}`);
    if (places.has(at)) throw wrong(`"${stage.name}" is used twice`);
    places.set(at, place);
    stages[at] = { ...stages[at], ...stage };
  });
  return { stages, places };
}

/** What is not edited must be as it was: exposure and versions are facts of the stretch. */
function changedFacts(own: Plan, plan: Plan, places: Map<number, number>): FieldError[] {
  const editable: readonly string[] = [...editableFields, 'stages'];
  const wrong: FieldError[] = [];
  for (const key of Object.keys(own) as Array<keyof Plan>)
    if (!editable.includes(key) && !isDeepStrictEqual(plan[key], own[key])) wrong.push({ field: key, message: fixed });
  const ofStage: readonly string[] = editableOfStage;
  own.stages.forEach((stage, i) => {
    const now = plan.stages[i];
    for (const key of Object.keys(stage) as Array<keyof typeof stage>)
      if (!ofStage.includes(key) && !isDeepStrictEqual(now?.[key], stage[key]))
        wrong.push({ field: `stages[${places.get(i) ?? i}].${key}`, message: fixed });
  });
  return wrong;
}

/** Complaints speak of the plan's stages; whoever sent some of them counts their own. */
function renamed<T>(places: Map<number, number>, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const fields = (error as { fields?: FieldError[] }).fields;
    if (!Array.isArray(fields)) throw error;
    throw badInput(
      fields.map(({ field, message }) => ({
        field: field.replace(/^stages\[(\d+)\]/, (_, i) => `stages[${places.get(Number(i)) ?? i}]`),
        message,
      })),
    );
  }
}

function objectOf(value: unknown, field: string): Fields {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw badInput([{ field, message: 'must be an object' }]);
  return value as Fields;
}

export type Stretch = { from: number; to: number };

/** What is still filling is left out, as is what has not come yet. */
export function stretchOf(life: Life, asked: Pick<Asked, 'from' | 'to'>, now: number): Stretch {
  const from = asked.from?.getTime() ?? life.from;
  const wrong = (field: string, message: string) => badInput([{ field, message }]);
  if (from === null) throw wrong('from', 'is needed: this rollout has not been started');
  const to = Math.min(asked.to?.getTime() ?? life.to ?? now, now);
  if (from >= to) throw wrong(asked.to ? 'to' : 'from', `is not ${asked.to ? 'after from' : 'before to'}, or not over`);
  return { from, to };
}

/** The finest roll-ups that are kept for all of the stretch and are not too many. */
export function resolutionFor(stretch: Stretch, keep: Retention, now: number): Resolution {
  const hours: Record<Resolution, number> = {
    10: keep.rollup10sHours,
    60: keep.rollup60sHours,
    3600: keep.rollup3600sHours,
  };
  const wrong = (message: string) => badInput([{ field: 'from', message }]);
  const oldest = (resolution: Resolution) => now - hours[resolution] * 3_600_000;
  const kept = resolutions.filter((resolution) => stretch.from >= oldest(resolution));
  if (kept.length === 0) {
    const first = new Date(Math.min(...resolutions.map(oldest))).toISOString();
    throw wrong(`is older than what is kept: nothing is left from before ${first}`);
  }
  const found = kept.find((resolution) => (stretch.to - stretch.from) / (resolution * 1000) <= mostBins);
  const most = mostBins * Math.max(...kept) * 1000;
  if (!found) throw wrong(`is more than ${Math.floor(most / 86_400_000)} days before to`);
  return found;
}
