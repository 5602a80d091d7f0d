'use client';
/**
 * One event stream a tab. A change redraws the page at most once a second, a tick at most every two; while somebody
 * hovers a chart, selects text or has a dialog open, redraws wait. Nothing runs while the tab is hidden.
 */
import { usePathname, useRouter } from 'next/navigation';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState, useTransition } from 'react';
import { Icon } from '@/app/ui/icon';
import styles from './live.module.css';

export type LiveState = 'connecting' | 'live' | 'paused' | 'reconnecting';
type Live = {
  state: LiveState;
  paused: boolean;
  setPaused: (paused: boolean) => void;
  /** keeps redraws away until released */
  hold: (who: string, on: boolean) => void;
  announce: (text: string) => void;
};

const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('LiveProvider is missing');
  return live;
}

/** Pages whose content does not move by itself: a redraw would only cost. */
const still = /^\/(guide|settings|rollouts\/new|features\/new)$/;
/** Pages that show looks or the steps of a rollback or a drill, which tick; the others only change. */
const ticking = /^\/($|(rollouts|rollbacks|drills\/runs)(\/[^/]+)?$)/;

export function LiveProvider({ children }: { children: ReactNode }) {
  const router = useRouter();
  const path = usePathname();
  const [connected, setConnected] = useState<'connecting' | 'live' | 'reconnecting'>('connecting');
  const [paused, setPaused] = useState(false);
  const [message, setMessage] = useState('');
  const [redrawing, startRedraw] = useTransition();
  const holders = useRef(new Set<string>());
  const due = useRef<number | null>(null);
  const last = useRef(0);
  const now = useRef({ path, paused, redrawing });
  now.current = { path, paused, redrawing };

  useEffect(() => {
    const source = new EventSource('/api/v1/stream');
    const ask = (within: number) => {
      const at = Math.max(Date.now(), last.current + within);
      due.current = due.current === null ? at : Math.min(due.current, at);
    };
    const onChange = () => !still.test(now.current.path) && ask(1000);
    const onTick = () => ticking.test(now.current.path) && ask(2000);
    source.onopen = () => {
      setConnected('live');
      onChange();
    };
    source.onerror = () => setConnected('reconnecting');
    for (const name of ['change', 'event', 'message']) source.addEventListener(name, onChange);
    source.addEventListener('tick', onTick);
    const beat = window.setInterval(() => {
      if (due.current === null || Date.now() < due.current) return;
      if (now.current.paused || now.current.redrawing || document.hidden || busy(holders.current)) return;
      due.current = null;
      last.current = Date.now();
      startRedraw(() => router.refresh());
    }, 250);
    const close = () => source.close();
    window.addEventListener('pagehide', close);
    return () => {
      window.clearInterval(beat);
      window.removeEventListener('pagehide', close);
      source.close();
    };
  }, [router]);

  const state: LiveState = paused ? 'paused' : connected;
  const live = useMemo<Live>(
    () => ({
      state,
      paused,
      setPaused,
      hold: (who, on) => void (on ? holders.current.add(who) : holders.current.delete(who)),
      announce: setMessage,
    }),
    [state, paused],
  );
  return (
    <LiveContext.Provider value={live}>
      {children}
      <div className="visually-hidden" role="status" aria-live="polite">
        {message}
      </div>
    </LiveContext.Provider>
  );
}

function busy(holders: Set<string>): boolean {
  if (holders.size > 0 || document.querySelector('dialog[open]')) return true;
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && selection.toString().trim() !== '';
}

const words: Record<LiveState, { label: string; says: string }> = {
  connecting: { label: 'Connecting', says: 'Connecting to Belay' },
  live: { label: 'Live', says: 'Updates as things happen. Press to pause' },
  paused: { label: 'Paused', says: 'Updates wait. Press to go on' },
  reconnecting: { label: 'Reconnecting', says: 'The connection is lost; what you see may be old. Trying again' },
};

export function LiveButton() {
  const live = useLive();
  const { label, says } = words[live.state];
  return (
    <button
      type="button"
      className={`button ghost small ${styles.live}`}
      data-live={live.state}
      title={says}
      aria-pressed={live.paused}
      aria-label={`${label}. ${says}`}
      onClick={() => live.setPaused(!live.paused)}
    >
      <span className={styles.dot}>{live.state === 'paused' ? <Icon name="hold" size={10} /> : null}</span>
      <span className={styles.label}>{label}</span>
    </button>
  );
}

/** Speaks when its text changes after the page was first shown; silent otherwise. */
export function Announce({ text }: { text: string }) {
  const { announce } = useLive();
  const before = useRef(text);
  useEffect(() => {
    if (before.current === text) return;
    before.current = text;
    announce(text);
  }, [text, announce]);
  return null;
}
