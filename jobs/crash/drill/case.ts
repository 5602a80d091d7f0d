/** Where the workers of a drill die, and what becomes of the run after it. Pure. */
import { type DrillFailpoint, type DrillStep, drillSteps } from '@/lib/failpoint';
import type { BackendKind } from '../bed';

export const levels = ['synthetic', 'fault'] as const;
export type Level = (typeof levels)[number];
/**
 * `asked`: a person is asked, says nothing, and at the deadline it is rolled back. `left`: at the deadline it is aborted.
 * `aborted`: somebody aborts it while the fault is there.
 */
export type Course = 'asked' | 'left' | 'aborted';
/**
 * `goes_on`: another worker comes, and the run to the end of its course; its leases are taken to have run out. `ended`:
 * the operator aborts in the moment of the death; leases run out by themselves. `expires`: nobody comes, nobody aborts.
 */
export type Afterwards = 'goes_on' | 'ended' | 'expires';
export type DrillCase = {
  level: Level;
  backend: BackendKind;
  course: Course;
  afterwards: Afterwards;
  /** one worker after the other dies there */
  deaths: DrillFailpoint[];
};

const ends: ReadonlySet<DrillStep> = new Set(['stop', 'undo', 'end']);
/** Telemetry is sent by Belay in one, and users are exposed in the other. */
const foreign: Record<Level, DrillStep> = { synthetic: 'expose', fault: 'deliver' };

export const stepsOf = (level: Level): DrillStep[] => drillSteps.filter((step) => step !== foreign[level]);
const around = (step: DrillStep): DrillFailpoint[] => [`drill.${step}.before_write`, `drill.${step}.after_write`];
const stepOf = (point: DrillFailpoint): DrillStep => point.split('.')[1] as DrillStep;

/** Every step of a run, one after the other, in one run each. */
export function chains(level: Level, backend: BackendKind): DrillCase[] {
  const common = { level, backend, afterwards: 'goes_on' } as const;
  // It sends until it is over; before the fault is seen a worker that comes late sends nothing any more.
  const late: DrillStep[] = ['send', 'prove', 'end'];
  const early = stepsOf(level).filter((step) => !late.includes(step) && step !== 'stop' && step !== 'undo');
  const on = [...early, ...late];
  return [
    { ...common, course: 'asked', deaths: on.flatMap(around) },
    { ...common, course: 'left', deaths: [...ends].flatMap(around) },
  ];
}

/** Every step, in a run of its own that ends there. */
export function endings(level: Level, backend: BackendKind): DrillCase[] {
  const course = (step: DrillStep): Course => (step === 'stop' ? 'left' : ends.has(step) ? 'aborted' : 'asked');
  return stepsOf(level).flatMap((step) =>
    around(step).map(
      (point): DrillCase => ({ level, backend, course: course(step), afterwards: 'ended', deaths: [point] }),
    ),
  );
}

export const expiry = (backend: BackendKind): DrillCase => ({
  level: 'fault',
  backend,
  course: 'asked',
  afterwards: 'expires',
  deaths: ['drill.inject.after_write'],
});

export type Which = { only: string[]; on: readonly BackendKind[]; level: readonly Level[] };
export function drillCases({ only, on, level }: Which): DrillCase[] {
  const wanted = (point: string) => only.length === 0 || only.some((text) => point.includes(text));
  const all = on.flatMap((backend) => [
    ...level.flatMap((of) => [...chains(of, backend), ...endings(of, backend)]),
    ...(level.includes('fault') ? [expiry(backend)] : []),
  ]);
  return all.map((of) => ({ ...of, deaths: of.deaths.filter(wanted) })).filter((of) => of.deaths.length > 0);
}

/**
 * How far a run is brought before a worker is let loose on it, on a clock of its own: the rest it goes by itself.
 * `failing`: the judge has seen it, and nobody has noticed yet. `proving`: the rollback is verified, and so is nothing else.
 */
export type Prelude =
  | 'none'
  | 'known'
  | 'injecting'
  | 'detecting'
  | 'failing'
  | 'deciding'
  | 'rolling_back'
  | 'proving';
const preludes: Partial<Record<DrillStep, Prelude>> = {
  inject: 'injecting',
  send: 'detecting',
  detected: 'failing',
  ask: 'deciding',
  order: 'deciding',
  ordered: 'deciding',
  move: 'rolling_back',
  prove: 'proving',
  stop: 'deciding',
  undo: 'detecting',
  end: 'detecting',
};
export function preludeOf({ level, afterwards, deaths }: DrillCase): Prelude {
  const [first] = deaths;
  if (!first || afterwards === 'goes_on') return 'none';
  const step = stepOf(first);
  // Two minutes of what is known good are waited for where users send it.
  if (level === 'fault' && (step === 'release' || step === 'expose')) return 'known';
  return preludes[step] ?? 'none';
}
