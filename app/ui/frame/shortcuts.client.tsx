'use client';
/** Single keys, as WCAG 2.1.4 allows them: they can be switched off, and never fire while somebody types. */
import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import styles from './header.module.css';
import { useLive } from './live.client';

const places: Record<string, string> = {
  o: '/',
  r: '/rollouts',
  b: '/rollbacks',
  f: '/features',
  d: '/drills',
  p: '/postmortems',
  t: '/status',
  m: '/migrations',
  n: '/runbooks',
  l: '/library',
  h: '/history',
  s: '/settings',
  u: '/guide',
};
const offKey = 'belay-shortcuts-off';

export function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

export function shortcutsOff(): boolean {
  try {
    return window.localStorage.getItem(offKey) === '1';
  } catch {
    return false;
  }
}

export function Shortcuts() {
  const router = useRouter();
  const live = useLive();
  const [open, setOpen] = useState(false);
  const [off, setOff] = useState(false);
  const pending = useRef(0);
  const { paused, setPaused } = live;
  useEffect(() => setOff(shortcutsOff()), []);
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.metaKey || e.ctrlKey || e.altKey || typing(e.target) || shortcutsOff()) return;
      if (document.querySelector('dialog[open]')) return;
      if (e.key === '?') setOpen(true);
      else if (e.key === 'g') {
        pending.current = Date.now();
        return;
      } else if (Date.now() - pending.current < 1500 && places[e.key]) router.push(places[e.key] ?? '/');
      else if (e.key === 'p') setPaused(!paused);
      pending.current = 0;
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [router, paused, setPaused]);
  return (
    <>
      <button
        type="button"
        className={`button ghost small ${styles.desktop}`}
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        onClick={() => setOpen(true)}
      >
        ?
      </button>
      <Dialog title="Keyboard shortcuts" open={open} onClose={() => setOpen(false)}>
        <table>
          <tbody>
            {[
              ['g then o, r, b, f', 'Overview, rollouts, rollbacks, features'],
              ['g then d, p, t', 'Drills, post-mortems, status pages'],
              ['g then m, n, l', 'Migrations, runbooks, library'],
              ['g then h, s, u', 'History, settings, guide'],
              ['p', 'Pause or go on with live updates'],
              ['r then Enter', 'On a rollout, or in its row: roll back, then confirm'],
              ['← → + −', 'On a chart: move the crosshair, zoom in and out'],
              ['?', 'This list'],
            ].map(([keys, does]) => (
              <tr key={keys}>
                <th scope="row">
                  <kbd>{keys}</kbd>
                </th>
                <td>{does}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <label className="row">
          <input
            type="checkbox"
            checked={!off}
            onChange={(e) => {
              setOff(!e.target.checked);
              window.localStorage.setItem(offKey, e.target.checked ? '0' : '1');
            }}
          />
          Single keys do something
        </label>
      </Dialog>
    </>
  );
}
