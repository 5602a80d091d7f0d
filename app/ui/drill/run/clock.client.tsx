'use client';
import { Icon } from '@/app/ui/icon';
import { useNow } from '@/app/ui/text/clock.client';
/** How far one clock has come, second by second while it runs, and where its objective lies. */
import type { Clock } from '@/lib/drill/model';
import styles from './clocks.module.css';
import { readClock } from './reading';

export function ClockFace({ clock, over, label }: { clock: Clock; over: boolean; label: string }) {
  const { text, tone, objective, bar } = readClock(clock, useNow(), over);
  const runs = bar !== null && clock.state === 'pending';
  return (
    <span className={styles.face} data-tone={tone} data-runs={runs || undefined}>
      <strong>{text}</strong>
      <span className={styles.gauge} role="img" aria-label={`${label}: ${text}${objective ? `, ${objective}` : ''}`}>
        {bar ? <i className={styles.fill} style={{ width: `${bar.elapsed * 100}%` }} /> : null}
        {bar?.objective ? <i className={styles.goal} style={{ left: `${bar.objective * 100}%` }} /> : null}
      </span>
      <span className={styles.objective}>
        {clock.met === null ? null : <Icon name={clock.met ? 'pass' : 'fail'} size={12} />}
        {objective || '\u00a0'}
      </span>
    </span>
  );
}

/** Time since then, counting: `2:07`. */
export function Elapsed({ from, to }: { from: string; to: string | null }) {
  const now = useNow();
  const seconds = Math.max(0, Math.floor(((to === null ? now : Date.parse(to)) - Date.parse(from)) / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return (
    <time dateTime={`PT${seconds}S`} className={styles.elapsed}>
      {hours > 0 ? `${hours}:${two(minutes)}` : minutes}:{two(seconds % 60)}
    </time>
  );
}
