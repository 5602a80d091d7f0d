/**
 * Named places before and after every write and every call of a rollback and of a drill, where a worker can be told to die: how
 * `npm run crash` shows that a crash anywhere leaves nothing half done.
 *
 * `BELAY_FAILPOINT=name[:nth[:stop]]` kills the worker with SIGKILL the nth time that it comes to the place (first,
 * unless said), or stops it with SIGSTOP until somebody wakes it. A name that is none keeps the process from starting.
 * Never set it where real features are rolled out: it is for tests, only the worker heeds it, and it says so at its
 * start. Without it `reach` is one comparison.
 */
export const failpoints = [
  'decide.before_write',
  'decide.after_write',
  'claim.before',
  'claim.after',
  'step.before_begin',
  'step.after_begin',
  'plane.before_read',
  'plane.after_read',
  'plane.before_write',
  'plane.after_write',
  'plane.before_answer_kept',
  'plane.after_answer_kept',
  'revert.before_mark',
  'revert.after_mark',
  'revert.before_call',
  'revert.after_call',
  'revert.before_kept',
  'revert.after_kept',
  'check.before',
  'check.after',
  'call.before',
  'call.after',
  'step.before_kept',
  'step.after_kept',
  'verified.before_write',
  'verified.after_write',
  'escalate.before_write',
  'escalate.after_write',
  'notice.before_send',
  'notice.after_send',
  'release.before',
  'release.after',
] as const;

/** Of a run of a drill: each of its tasks, and what a task commits before it is written down itself. */
export const drillSteps = [
  'begin',
  'record',
  'plan_undo',
  'lay_out',
  'deliver',
  'release',
  'expose',
  'prepare',
  'inject',
  'send',
  'detected',
  'ask',
  'order',
  'ordered',
  'move',
  'prove',
  'stop',
  'undo',
  'end',
] as const;
export type DrillStep = (typeof drillSteps)[number];
export type DrillFailpoint = `drill.${DrillStep}.${'before' | 'after'}_write`;
export const drillFailpoints = drillSteps.flatMap((step): DrillFailpoint[] => [
  `drill.${step}.before_write`,
  `drill.${step}.after_write`,
]);
export type Failpoint = (typeof failpoints)[number];
type Place = Failpoint | DrillFailpoint;
const all: readonly Place[] = [...failpoints, ...drillFailpoints];
export type Armed = { name: Place; nth: number; signal: 'SIGKILL' | 'SIGSTOP' };

let armed: (Armed & { reached: number }) | null = null;

/** null: the setting names no place */
export function parseFailpoint(setting: string): Armed | null {
  const [name = '', nth = '1', how = 'kill', ...rest] = setting.split(':');
  const known = all.find((f) => f === name);
  if (!known || !/^[1-9]\d{0,5}$/.test(nth) || !['kill', 'stop'].includes(how) || rest.length > 0) return null;
  return { name: known, nth: Number(nth), signal: how === 'stop' ? 'SIGSTOP' : 'SIGKILL' };
}

/** From now on in this process; once, at its start. */
export function arm(setting: string): void {
  const parsed = parseFailpoint(setting);
  if (!parsed) throw new Error(`there is no failpoint ${setting}`);
  armed = { ...parsed, reached: 0 };
}

export function reach(name: Place): void {
  if (armed === null || armed.name !== name) return;
  if (++armed.reached !== armed.nth) return;
  process.kill(process.pid, armed.signal);
  // Another thread may take the signal to stop; nothing more is done here until all of them stand.
  if (armed.signal === 'SIGSTOP') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
}
