'use client';
/** Times that move: they start from the server's clock, so that the first draw is the same on both sides. */
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { formatDuration } from '@/lib/chart/format';
import { formatTime, type Zone, zoneOffset } from '@/lib/chart/time';

type Clock = { now: number; zone: Zone };
const ClockContext = createContext<Clock>({ now: 0, zone: 'UTC' });

/** `now` and `zone` are the server's and the reader's; ticks once a second while the tab is seen. */
export function ClockProvider({ now, zone, children }: Clock & { children: ReactNode }) {
  const [shown, setShown] = useState(now);
  useEffect(() => {
    // A browser whose clock is wrong still counts in step with the server.
    const ahead = Date.now() - now;
    const tick = () => !document.hidden && setShown(Date.now() - ahead);
    const timer = window.setInterval(tick, 1000);
    return () => window.clearInterval(timer);
  }, [now]);
  return <ClockContext.Provider value={{ now: Math.max(shown, now), zone }}>{children}</ClockContext.Provider>;
}

/** The server's clock, as it goes on. */
export const useNow = (): number => useContext(ClockContext).now;

/** "3 min ago", with the instant as its title */
export function Ago({ at, suffix = ' ago' }: { at: string; suffix?: string }) {
  const { now, zone } = useContext(ClockContext);
  const then = Date.parse(at);
  const age = now - then;
  return (
    <time dateTime={at} title={`${formatTime(then, zone)} ${zoneOffset(then, zone)}`}>
      {age < 1500 ? 'just now' : `${formatDuration(age)}${suffix}`}
    </time>
  );
}

/** "in 42 s", "now" */
export function Until({ at }: { at: string }) {
  const { now } = useContext(ClockContext);
  const left = Date.parse(at) - now;
  return <time dateTime={at}>{left <= 1000 ? 'now' : `in ${formatDuration(left)}`}</time>;
}

export function Time({ at, grain = 'full' }: { at: string; grain?: 'full' | 'second' | 'minute' }) {
  const { zone } = useContext(ClockContext);
  const then = Date.parse(at);
  const offset = zoneOffset(then, zone);
  return (
    <time dateTime={at} title={`${formatTime(then, zone)} ${offset}`} className="nowrap">
      {formatTime(then, zone, grain)}
      {grain === 'full' ? ` ${offset}` : ''}
    </time>
  );
}
