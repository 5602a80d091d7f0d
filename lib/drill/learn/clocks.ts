/**
 * The five clocks of a run, from instants that were written down as they happened; none of them is ever supposed. Pure.
 *
 * Each is recorded, pending (its end has not come), not applicable, or invalid (its end lies before its start, as where
 * two machines disagree about the time). A person may correct one; what it was stays beside it.
 */
import { badInput } from '@/lib/errors';
import { durationMs } from '@/lib/rollout/plan/duration';
import { type Clock, type ClockName, clockNames, type Drill, type DrillLevel } from '../model';

export type Instants = {
  faultAt: Date | null;
  /** the first failing verdict */
  failingAt: Date | null;
  /** a person was asked */
  askedAt: Date | null;
  /** the order to roll back; at a tabletop the answer */
  decidedAt: Date | null;
  switchedAt: Date | null;
  goneAt: Date | null;
  backAt: Date | null;
};
export const noInstants: Instants = {
  faultAt: null,
  failingAt: null,
  askedAt: null,
  decidedAt: null,
  switchedAt: null,
  goneAt: null,
  backAt: null,
};

type Of = { level: DrillLevel; objectives: Drill['objectives'] };
type Span = { from: Date | null; to: Date | null };

const spans = (at: Instants): Record<ClockName, Span> => ({
  detect: { from: at.faultAt, to: at.failingAt },
  decide: { from: at.failingAt, to: at.decidedAt },
  actuate: { from: at.decidedAt, to: at.switchedAt },
  propagate: { from: at.switchedAt, to: at.goneAt },
  recover: { from: at.goneAt, to: at.backAt },
});

/** What a corrected clock says stays, whatever else comes in. */
export function clocksOf(of: Of, at: Instants, before: readonly Clock[] = []): Clock[] {
  return clockNames.map((name) => {
    const kept = before.find((clock) => clock.name === name);
    const objectiveMs = objectiveOf(of.objectives, name);
    if (kept?.corrected) return timed({ ...kept, objectiveMs });
    const blank = { name, from: null, to: null, ms: null, objectiveMs, met: null, corrected: null };
    if (of.level === 'tabletop' && name !== 'decide') return { ...blank, state: 'not_applicable' };
    const span = of.level === 'tabletop' ? { from: at.askedAt, to: at.decidedAt } : spans(at)[name];
    return timed({ ...blank, state: 'pending', from: iso(span.from), to: iso(span.to) });
  });
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

function objectiveOf(objectives: Drill['objectives'], name: ClockName): number | null {
  const text = objectives[name];
  return text === null ? null : durationMs(text);
}

/** A clock that ends without ever having begun says nothing: it stays pending. */
function timed(clock: Clock): Clock {
  const { from, to, objectiveMs } = clock;
  if (from === null || to === null) return { ...clock, state: 'pending', ms: null, met: null };
  const ms = Date.parse(to) - Date.parse(from);
  if (ms < 0) return { ...clock, state: 'invalid', ms: null, met: null };
  return { ...clock, state: 'recorded', ms, met: objectiveMs === null ? null : ms <= objectiveMs };
}

export type Correction = { clock: ClockName; from: string | null; to: string | null; by: string; reason: string };

/** `corrected` keeps what was recorded first, however often it is corrected. */
export function corrected(clocks: readonly Clock[], correction: Correction): Clock[] {
  const { clock: name, from, to, by, reason } = correction;
  return clocks.map((clock) => {
    if (clock.name !== name) return clock;
    if (clock.state === 'not_applicable')
      throw badInput([{ field: 'clock', message: `${name} is not applicable in this drill` }]);
    const was = clock.corrected ?? { from: clock.from, to: clock.to };
    return timed({ ...clock, from, to, corrected: { from: was.from, to: was.to, by, reason } });
  });
}
