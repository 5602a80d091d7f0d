/** Whether telemetry shows that nobody is served what was taken back any more. Pure. */
import { binMs } from '@/lib/snapshot/windows';

/** Observations of one version in one 10 s bin, over all metrics of the plan. */
export type Seen = { at: number; version: string; n: number };
export type Proof =
  | { kind: 'gone'; until: number }
  | { kind: 'still_seen'; n: number }
  | { kind: 'too_early' }
  | { kind: 'no_telemetry' };

/** A bin is complete when exporters have had time to send what happened in it. */
export const lateMs = 5_000;
/** Requests that had begun before the switch end as the candidate's. */
const inFlightMs = 2_000;

/** The first bin in which nothing of before the switch is left. */
export const firstWhole = (servedAt: number): number => Math.ceil((servedAt + inFlightMs) / binMs) * binMs;

/**
 * Looks at the newest whole bin after everybody served the switch. Another version must be seen in it: a silent bin
 * proves nothing.
 */
export function exposureGone(seen: Seen[], unwanted: readonly string[], servedAt: number, now: number): Proof {
  const first = firstWhole(servedAt);
  const last = Math.floor((now - lateMs) / binMs) * binMs - binMs;
  if (last < first) return { kind: 'too_early' };
  const count = (at: number, of: (version: string) => boolean) =>
    seen.filter((s) => s.at === at && of(s.version)).reduce((n, s) => n + s.n, 0);
  for (let at = last; at >= first; at -= binMs) {
    const found = count(at, (v) => unwanted.includes(v));
    if (found > 0) return { kind: 'still_seen', n: found };
    if (count(at, (v) => !unwanted.includes(v)) > 0) return { kind: 'gone', until: at + binMs };
  }
  return { kind: 'no_telemetry' };
}
