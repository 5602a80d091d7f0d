/** A drill from outside: YAML or JSON text, or a value that was parsed already. */
import { badInput, type FieldError } from '@/lib/errors';
import { parseInput } from '@/lib/input';
import { durationMs } from '@/lib/rollout/plan/duration';
import { readYaml } from '@/lib/yaml';
import { clockNames, type Drill, type DrillView, drillChange, drillInput } from './model';
import { scheduleFaults } from './schedule/schedule';

const longestText = 256 * 1024;
const minuteMs = 60_000;
/** As long as a blast may last, and as long as anybody waits for anything. */
const longestFault = '4h';
const longestWait = '7d';

/**
 * Its shape only; what depends on the day is told by `drillFaults`.
 * @throws BelayError bad_input, with fields such as `schedule.allowed[0].from`
 */
export function parseDrill(input: unknown): Drill {
  return parseInput(drillInput, saidOf(input).said);
}

/** `basedOn`: the version that whoever changes it has read; left out, whichever there is. */
export function parseChange(input: unknown): { drill: Drill; basedOn?: number | undefined } {
  const { said, version } = saidOf(input);
  const whole = isObject(said) && version !== undefined ? { basedOn: version, ...said } : said;
  const { basedOn, ...drill } = parseInput(drillChange, whole);
  return { drill, basedOn };
}

/** What Belay tells of a drill beside what somebody has said, so that an answer can be sent back as it is. */
const told = [
  'id',
  'version',
  'nextRunAt',
  'lastRun',
  'overdueSince',
  'unprovenSince',
  'blockedBy',
  'createdBy',
  'createdAt',
  'updatedAt',
  'archivedAt',
] as const satisfies ReadonlyArray<Exclude<keyof DrillView, keyof Drill>>;

/** Whoever sends an answer back has read its version. */
function saidOf(input: unknown): { said: unknown; version?: unknown } {
  const value = typeof input === 'string' ? readText(input) : input;
  if (!isObject(value)) return { said: value };
  const said = Object.fromEntries(Object.entries(value).filter(([key]) => !(told as readonly string[]).includes(key)));
  return { said, version: value.version };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function readText(text: string): unknown {
  if (text.length > longestText)
    throw badInput([{ field: 'drill', message: `is longer than ${longestText / 1024} KiB` }]);
  if (text.trim() === '') throw badInput([{ field: 'drill', message: 'is empty' }]);
  return readYaml(text, 'drill');
}

/** What is waited for while the fault lasts; afterwards there is nothing to see and nothing to decide. */
function outlivedFaults({ decision, objectives }: Drill, expiresAfter: string): FieldError[] {
  const lasts = durationMs(expiresAfter);
  const after = `the fault ends by itself, ${expiresAfter} after it began`;
  return [
    ...(decision.by === 'person' && lasts > 0 && durationMs(decision.deadline) >= lasts
      ? [{ field: 'decision.deadline', message: `does not pass before ${after}` }]
      : []),
    ...(objectives.detect !== null && lasts > 0 && durationMs(objectives.detect) > lasts
      ? [{ field: 'objectives.detect', message: `is over only after ${after}` }]
      : []),
  ];
}

/** Nothing takes no time at all, and nothing takes for ever: a fault that ends in a year has no end. */
function spanFaults({ fault, objectives, decision, abort }: Drill): FieldError[] {
  const spans: Array<[field: string, span: string | null, most: string]> = [
    ['fault.expiresAfter', fault?.expiresAfter ?? null, longestFault],
    ...clockNames.map((name): [string, string | null, string] => [`objectives.${name}`, objectives[name], longestWait]),
    ['decision.deadline', decision.by === 'person' ? decision.deadline : null, longestWait],
    ['abort.after', abort.after, longestWait],
  ];
  return spans.flatMap(([field, span, most]) => {
    if (span === null) return [];
    if (durationMs(span) === 0) return [{ field, message: 'must be longer than nothing' }];
    return durationMs(span) > durationMs(most) ? [{ field, message: `must be at most ${most}` }] : [];
  });
}

/** What a drill says that cannot be, as of `now`. `before`: what it said until now, which may have come of age. */
export function drillFaults(drill: Drill, now: Date, before: Drill | null = null): FieldError[] {
  const faults: FieldError[] = [];
  const say = (field: string, message: string) => faults.push({ field, message });
  const { fault, blast, objectives } = drill;
  faults.push(...spanFaults(drill));
  if (blast?.share === 0) say('blast.share', 'must be above 0: nobody would be touched');
  if (fault && blast && durationMs(fault.expiresAfter) > blast.minutes * minuteMs)
    say('fault.expiresAfter', `is longer than the ${blast.minutes} minutes of the blast`);
  if (fault) faults.push(...outlivedFaults(drill, fault.expiresAfter));
  const { provenBy } = objectives;
  if (provenBy !== null && provenBy !== before?.objectives.provenBy && new Date(provenBy) <= now)
    say('objectives.provenBy', 'lies in the past');
  if (drill.schedule) faults.push(...scheduleFaults(drill.schedule, now));
  return faults;
}
