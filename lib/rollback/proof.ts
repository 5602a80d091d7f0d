/** Whether telemetry shows that nobody is served the candidate any more. Pure. */

/** Observations of one version in one 10 s bin, over all metrics of the plan. */
export type Seen = { at: number; version: string; n: number };
export type Proof =
  | { kind: 'gone'; until: number }
  | { kind: 'still_seen'; n: number }
  | { kind: 'too_early' }
  | { kind: 'no_telemetry' };

export const binMs = 10_000;
/** A bin is complete when exporters have had time to send what happened in it. */
const lateMs = 5_000;
/** Requests that had begun before the switch end as the candidate's. */
const inFlightMs = 2_000;

/**
 * Looks at the newest whole bin after every listener served the switch. The baseline must be seen in it:
 * a silent bin proves nothing.
 */
export function exposureGone(seen: Seen[], candidate: string, servedAt: number, now: number): Proof {
  const first = Math.ceil((servedAt + inFlightMs) / binMs) * binMs;
  const last = Math.floor((now - lateMs) / binMs) * binMs - binMs;
  if (last < first) return { kind: 'too_early' };
  const count = (at: number, of: (version: string) => boolean) =>
    seen.filter((s) => s.at === at && of(s.version)).reduce((n, s) => n + s.n, 0);
  for (let at = last; at >= first; at -= binMs) {
    const candidates = count(at, (v) => v === candidate);
    if (candidates > 0) return { kind: 'still_seen', n: candidates };
    if (count(at, (v) => v !== candidate) > 0) return { kind: 'gone', until: at + binMs };
  }
  return { kind: 'no_telemetry' };
}
