'use client';
/** A click on what is claimed shows where it is from, beside it; without scripts it leads to the list at the end. */
import Link from 'next/link';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { useLive } from '@/app/ui/frame/live.client';
import { Icon } from '@/app/ui/icon';
import type { Card } from '@/app/ui/postmortem/sources';
import { sourceAnchor } from '@/lib/postmortem/source-model';
import styles from './cite.module.css';
import { Time } from './clock.client';

type Open = { keys: string[]; said: string };
type Sources = {
  shown: Open | null;
  show: (open: Open, from: HTMLElement) => void;
  /** by key, what a source is called on paper */
  refs: ReadonlyMap<string, string>;
};
const SourcesContext = createContext<Sources>({ shown: null, show: () => {}, refs: new Map() });

export function SourcesProvider({ cards, children }: { cards: Card[]; children: ReactNode }) {
  const [shown, setShown] = useState<Open | null>(null);
  const from = useRef<HTMLElement | null>(null);
  const panel = useRef<HTMLElement>(null);
  const { hold } = useLive();
  const show = useCallback((open: Open, element: HTMLElement) => {
    from.current = element;
    setShown(open);
  }, []);
  const close = useCallback(() => {
    setShown(null);
    from.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    hold('sources', shown !== null);
    if (shown === null) return;
    panel.current?.focus({ preventScroll: true });
    const onKey = (e: KeyboardEvent) => e.key === 'Escape' && !document.querySelector('dialog[open]') && close();
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [shown, close, hold]);
  const refs = useMemo(() => new Map(cards.map((card) => [card.key, card.ref])), [cards]);
  const value = useMemo(() => ({ shown, show, refs }), [shown, show, refs]);
  const found = shown ? shown.keys.flatMap((key) => cards.find((c) => c.key === key) ?? []) : [];
  return (
    <SourcesContext.Provider value={value}>
      {children}
      {shown ? (
        <aside ref={panel} className={styles.panel} tabIndex={-1} aria-label="Where this is from" id="sources">
          <div className={styles.head}>
            <h2>Where this is from</h2>
            <button type="button" className="button ghost small" onClick={close} aria-label="Close">
              <Icon name="close" />
            </button>
          </div>
          <div className={styles.body}>
            {shown.said ? <blockquote className={styles.said}>{shown.said}</blockquote> : null}
            {found.length === 0 ? <p>Nothing of it was kept.</p> : null}
            {found.map((card) => (
              <SourceCard key={card.key} card={card} />
            ))}
          </div>
        </aside>
      ) : null}
    </SourcesContext.Provider>
  );
}

/** @param keys of the sources; none: words alone */
export function Cite({ keys, said, children }: { keys: string[]; said: string; children: ReactNode }) {
  const { shown, show, refs } = useContext(SourcesContext);
  const [first] = keys;
  if (first === undefined) return children;
  const here = shown !== null && shown.said === said && shown.keys.join() === keys.join();
  return (
    <a
      href={`#${sourceAnchor(first)}`}
      className={styles.cite}
      data-sources={keys.join(' ')}
      data-refs={keys.map((key) => refs.get(key) ?? '').join(' ')}
      aria-current={here ? 'true' : undefined}
      title="Show where this is from"
      onClick={(e) => {
        if (e.metaKey || e.ctrlKey || e.shiftKey) return;
        e.preventDefault();
        show({ keys, said }, e.currentTarget);
      }}
    >
      {children}
    </a>
  );
}

function SourceCard({ card }: { card: Card }) {
  return (
    <section className={styles.card} data-source={card.key}>
      <p className={styles.kind}>{card.kind}</p>
      <h3>
        <bdi>{card.title}</bdi>
      </h3>
      {card.at ? (
        <p className="small quiet">
          <Time at={card.at} />
        </p>
      ) : null}
      <CardRows card={card} />
      {card.from.length > 0 ? (
        <p className="small">
          It rests on{' '}
          {card.from.map((key, i) => (
            <span key={key}>
              {i > 0 ? ', ' : ''}
              <Cite keys={[key]} said="">
                {wordsOfKey(key)}
              </Cite>
            </span>
          ))}
        </p>
      ) : null}
      {card.href ? (
        <p className="small">
          <Link href={card.href} prefetch={false}>
            Open it in Belay
          </Link>
        </p>
      ) : null}
    </section>
  );
}

export function CardRows({ card }: { card: Card }) {
  return (
    <>
      <dl className={styles.rows}>
        {card.rows.map((r) => (
          <div key={`${r.label} ${r.text}`}>
            <dt>{r.label}</dt>
            <dd>
              <bdi>{r.text}</bdi>
            </dd>
          </div>
        ))}
        {card.hash ? (
          <div>
            <dt>Hash</dt>
            <dd>
              <code>{card.hash}</code>
            </dd>
          </div>
        ) : null}
      </dl>
      {card.raw ? (
        <details className="small">
          <summary>As it was recorded</summary>
          <pre className={styles.raw}>{card.raw}</pre>
        </details>
      ) : null}
    </>
  );
}

const wordsOfKey = (key: string): string => key.replace('/', ' ').replace(/^evidence /, '');
