'use client';
/** The time range of a page: presets, two exact fields (the way without dragging), and links to share. */
import Link from 'next/link';
import { usePathname, useSearchParams } from 'next/navigation';
import { useState } from 'react';
import { Icon } from '@/app/ui/icon';
import { type Range, rangeKeys } from '@/lib/chart/range';
import styles from './charts.module.css';
import { useZoom } from './multiples.client';

export function RangeToolbar({ range }: { range: Range }) {
  const path = usePathname();
  const search = useSearchParams();
  const zoom = useZoom();
  const [exact, setExact] = useState(false);
  const [copied, setCopied] = useState<string | null>(null);
  const href = (key: string) => {
    const next = new URLSearchParams(search);
    next.delete('from');
    next.delete('to');
    next.set('range', key);
    return `${path}?${next}`;
  };
  const copy = async (kind: 'live' | 'frozen') => {
    const next = new URLSearchParams(search);
    for (const key of ['range', 'from', 'to']) next.delete(key);
    if (kind === 'live') next.set('range', range.kind === 'live' ? range.key : 'all');
    else {
      next.set('from', new Date(range.from).toISOString());
      next.set('to', new Date(range.to).toISOString());
    }
    const link = `${window.location.origin}${path}?${next}`;
    setCopied((await toClipboard(link)) ? kind : link);
    setTimeout(() => setCopied(null), 4000);
  };
  const middle = (range.from + range.to) / 2;
  const half = (range.to - range.from) / 2;
  return (
    <>
      <div className={styles.toolbar}>
        <nav className={styles.segmented} aria-label="Time range">
          {(['all', ...rangeKeys] as const).map((key) => (
            <Link
              key={key}
              href={href(key)}
              scroll={false}
              prefetch={false}
              aria-current={range.kind === 'live' && range.key === key ? 'true' : undefined}
            >
              {key}
            </Link>
          ))}
          <button
            type="button"
            aria-expanded={exact}
            aria-current={range.kind === 'frozen' ? 'true' : undefined}
            onClick={() => setExact(!exact)}
          >
            exact
          </button>
        </nav>
        <span className={styles.segmented}>
          <button type="button" aria-label="Zoom in" onClick={() => zoom(middle - half / 2, middle + half / 2)}>
            <Icon name="plus" size={12} />
          </button>
          <button type="button" aria-label="Zoom out" onClick={() => zoom(middle - half * 2, middle + half * 2)}>
            <Icon name="minus" size={12} />
          </button>
        </span>
        <span className={styles.segmented}>
          <button type="button" onClick={() => copy('live')} title="A link that moves with the clock">
            {copied === 'live' ? 'Copied' : 'Copy live link'}
          </button>
          <button type="button" onClick={() => copy('frozen')} title="A link to exactly these minutes">
            {copied === 'frozen' ? 'Copied' : 'Frozen link'}
          </button>
        </span>
        {copied && copied !== 'live' && copied !== 'frozen' ? <code>{copied}</code> : null}
      </div>
      {exact ? <Exact range={range} onPick={zoom} /> : null}
    </>
  );
}

function Exact({ range, onPick }: { range: Range; onPick: (from: number, to: number) => void }) {
  const [from, setFrom] = useState(new Date(range.from).toISOString());
  const [to, setTo] = useState(new Date(range.to).toISOString());
  const bad = !(Date.parse(from) < Date.parse(to));
  return (
    <form
      className={styles.exact}
      style={{ flexBasis: '100%' }}
      onSubmit={(e) => {
        e.preventDefault();
        if (!bad) onPick(Date.parse(from), Date.parse(to));
      }}
    >
      <div className="field">
        <label htmlFor="range-from">From (ISO 8601)</label>
        <input id="range-from" value={from} onChange={(e) => setFrom(e.target.value)} aria-invalid={bad || undefined} />
      </div>
      <div className="field">
        <label htmlFor="range-to">To</label>
        <input id="range-to" value={to} onChange={(e) => setTo(e.target.value)} aria-invalid={bad || undefined} />
      </div>
      <button type="submit" className="button" disabled={bad}>
        Show
      </button>
    </form>
  );
}

/** False where the browser does not let us: the link is shown instead. */
export async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
