/** One case brought from anywhere, as text: checked, judged bin by bin, answered as text. Pure. */
import { z } from 'zod';
import { absorb, look, startJudge } from './judge';
import { type Bin, type Criterion, criterionInput, type Look, type OutcomeKind } from './model';

/** The bound where the criterion names none. */
const usualFalseAlarmRate = 0.01;

const count = z.number().min(0, 'is below 0');
const counts = z.array(count);
const finite = z.number();

const countArm = z
  .strictObject({ n: count, k: count })
  .refine((a) => a.k === 0 || a.n > 0, { path: ['k'], message: 'counts something of nothing' });
const partArm = countArm.refine((a) => a.k <= a.n, { path: ['k'], message: 'is above n' });
const meanArm = z.strictObject({ n: count, sum: finite, sum2: count });
const rateArm = z.strictObject({ n: count, seconds: count, exposure: z.number().min(0).max(1).nullish() });
const valueArm = z.strictObject({ values: z.array(finite) });
const explicitArm = z
  .strictObject({ bounds: z.array(finite), counts })
  .refine((a) => a.counts.length === a.bounds.length + 1, {
    path: ['counts'],
    message: 'must be one longer than bounds',
  })
  .refine((a) => a.bounds.every((b, i) => i === 0 || b > (a.bounds[i - 1] as number)), {
    path: ['bounds'],
    message: 'must rise',
  });
const exponentialArm = z.strictObject({
  scale: z.number().int().min(-10).max(20),
  zeroCount: count.default(0),
  zeroThreshold: count.optional(),
  offset: z.number().int().default(0),
  counts,
  negativeOffset: z.number().int().optional(),
  negativeCounts: counts.optional(),
});

/** Chosen by what is there, so that a complaint is about that shape and not about all of them. */
const quantileArm = z.unknown().transform((arm, context) => {
  const exponential = typeof arm === 'object' && arm !== null && 'scale' in arm;
  const parsed = (exponential ? exponentialArm : explicitArm).safeParse(arm);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path: [...path], message });
  return z.NEVER;
});

const arms = {
  share: partArm,
  ratio: countArm,
  rate: rateArm,
  mean: meanArm,
  quantile: quantileArm,
  value: valueArm,
  burn_rate: partArm,
} as const;

const envelope = z.strictObject({ criterion: z.unknown(), bins: z.array(z.unknown()), unit: z.string().optional() });

const at = z.union([z.iso.datetime({ offset: true }), z.iso.datetime({ local: true })]);
function binSchema(criterion: Criterion) {
  const arm = arms[criterion.measure].nullable();
  const candidate = z.strictObject({ at, baseline: arm.optional(), candidate: arm });
  return candidate.extend({ candidate: arm.optional().transform((a) => a ?? null) });
}

/** A case as the shell reads it need not name what judging does not use. */
const bareCriterion = { name: 'criterion', kind: 'guardrail', metric: 'metric', better: 'lower' } as const;

export type CaseAnswer = {
  outcome: OutcomeKind;
  firstFailAt: string | null;
  looks: Array<
    Pick<Look, 'outcome' | 'reason' | 'estimate' | 'low' | 'high' | 'limit' | 'progress' | 'moreSamples'> & {
      at: string;
      n: number;
      baselineN: number | null;
    }
  >;
};

/** @throws Error whose message names the field that is wrong */
export function judgeCase(input: unknown): CaseAnswer {
  const { criterion: given, bins, unit } = parsed(envelope, input, '');
  const known = typeof given === 'object' && given !== null ? given : {};
  const { measure } = known as { measure?: unknown };
  const shareOf = measure === 'share' || measure === 'burn_rate' ? { of: { counted: true } } : {};
  const perOf = measure === 'ratio' ? { per: 'per' } : {};
  const criterion = parsed(criterionInput, { ...bareCriterion, ...shareOf, ...perOf, ...known }, 'criterion');
  const schema = binSchema(criterion);
  let state = startJudge(criterion, {
    alpha: criterion.falseAlarmRate ?? usualFalseAlarmRate,
    unit: unit ?? unitGuess(criterion),
  });
  const looks: CaseAnswer['looks'] = [];
  let firstFailAt: string | null = null;
  let before = Number.NEGATIVE_INFINITY;
  bins.forEach((raw, i) => {
    const bin = parsed(schema, raw, `bins[${i}]`) as Bin;
    const time = Date.parse(bin.at);
    if (time < before) throw new Error(`bins[${i}].at: is before the bin above it`);
    before = time;
    state = absorb(state, new Map([['', bin]]));
    const now = look(state).overall;
    if (now.outcome === 'fail') firstFailAt ??= bin.at;
    const { outcome, reason, estimate, low, high, limit, progress, moreSamples } = now;
    const n = now.candidate.n;
    const baselineN = now.baseline?.n ?? null;
    looks.push({ at: bin.at, outcome, reason, estimate, low, high, n, baselineN, limit, progress, moreSamples });
  });
  // A look that failed would have been acted on: later looks cannot take it back.
  const outcome = firstFailAt !== null ? 'fail' : (looks.at(-1)?.outcome ?? 'no_data');
  return { outcome, firstFailAt, looks };
}

/** One answer for one line, whatever the line is. */
export function answerLine(line: string): string {
  try {
    return JSON.stringify(judgeCase(JSON.parse(line)));
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
  }
}

/** Without a unit the numbers are taken to be in the unit of the criterion's own threshold or margin. */
function unitGuess(criterion: Criterion): string {
  const written = criterion.against === 'baseline' ? criterion.margin : criterion.against.threshold;
  const unit = typeof written === 'string' ? (/[^\d.\s-]+$/.exec(written.trim())?.[0] ?? '') : '';
  return unit === 'pp' || unit === '%' ? '1' : unit;
}

function parsed<T extends z.ZodType>(schema: T, input: unknown, under: string): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(`${[under, pathOf(issue?.path ?? [])].filter(Boolean).join('.') || 'line'}: ${issue?.message}`);
}

function pathOf(path: PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    '',
  );
}
