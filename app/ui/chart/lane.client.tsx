'use client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Icon, type IconName } from '@/app/ui/icon';
import { timeTicks } from '@/lib/chart/axis';
import { joinMarks } from '@/lib/chart/lane';
import type { Mark } from '@/lib/chart/model';
import { formatTime, type Zone, zoneOffset } from '@/lib/chart/time';
import styles from './charts.module.css';

const signs: Record<Mark['tone'], IconName> = { good: 'widen', bad: 'roll_back', warn: 'hold', plain: 'minus' };

export function Lane(props: {
  marks: Mark[];
  zone: Zone;
  range: { from: number; to: number };
  onPoint: (share: number | null) => void;
}) {
  const { zone, range } = props;
  const { ref, width } = useWidth();
  // Each mark is a target of 24 px (WCAG 2.5.8): nearer ones are one.
  const marks = useMemo(() => joinMarks(props.marks, 26 / Math.max(120, width)), [props.marks, width]);
  const [picked, setPicked] = useState<number | null>(null);
  const mark = marks.find((m) => m.at === picked) ?? null;
  const count = marks.reduce((sum, m) => sum + m.events.length, 0);
  const ticks = timeTicks(range.from, range.to, zone, 6);
  return (
    <div className={styles.lane}>
      <div className={styles.laneHead}>
        <strong>Events</strong>
        <span>
          {count === 0 ? 'none in this range' : `${count} in this range`} · {formatTime(range.from, zone)} to{' '}
          {formatTime(range.to, zone)} {zoneOffset(range.to, zone)}
        </span>
      </div>
      <div className={styles.track} ref={ref}>
        {marks.map((m) => (
          <button
            key={m.at}
            type="button"
            className={styles.mark}
            data-tone={m.tone}
            style={{ left: `${m.x * 100}%` }}
            aria-pressed={m.at === picked}
            aria-label={`${m.events.length > 1 ? `${m.events.length} events, ` : ''}${formatTime(m.at, zone, 'second')}: ${m.events.map((e) => e.title).join(', ')}`}
            title={m.events.map((e) => `${e.title}: ${e.text}`).join('\n')}
            onPointerEnter={() => props.onPoint(m.x)}
            onPointerLeave={() => props.onPoint(null)}
            onFocus={() => props.onPoint(m.x)}
            onBlur={() => props.onPoint(null)}
            onClick={() => setPicked(m.at === picked ? null : m.at)}
          >
            <i>{m.events.length > 1 ? <span>{m.events.length}</span> : <Icon name={signs[m.tone]} size={9} />}</i>
          </button>
        ))}
      </div>
      <div className={styles.axis} aria-hidden="true">
        {ticks.length > 1 ? (
          <>
            <span>{formatTime(range.from, zone, 'minute')}</span>
            <span>{formatTime((range.from + range.to) / 2, zone, 'minute')}</span>
            <span>{formatTime(range.to, zone, 'minute')}</span>
          </>
        ) : null}
      </div>
      {mark ? (
        <ul className={styles.picked}>
          {mark.events.map((e) => (
            <li key={e.seq}>
              <span className="quiet">{formatTime(e.at, zone, 'second')}</span> <strong>{e.title}</strong> · {e.text}{' '}
              <span className="quiet">({e.who})</span>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

/** 320 until measured: rather too few marks than some that cannot be hit. */
function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(320);
  useEffect(() => {
    if (!ref.current) return;
    const watch = new ResizeObserver(([entry]) => entry && setWidth(Math.round(entry.contentRect.width)));
    watch.observe(ref.current);
    return () => watch.disconnect();
  }, []);
  return { ref, width };
}
