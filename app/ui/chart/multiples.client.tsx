'use client';
/** Small multiples with one crosshair, one selection and one lane of events under all of them. */
import { usePathname, useRouter, useSearchParams } from 'next/navigation';
import { type ReactNode, useCallback, useEffect, useMemo, useRef } from 'react';
import { useLive } from '@/app/ui/frame/live.client';
import { joinMarks } from '@/lib/chart/lane';
import type { Mark, ReadyChart } from '@/lib/chart/model';
import type { Zone } from '@/lib/chart/time';
import styles from './charts.module.css';
import { type Crosshair, crosshair } from './crosshair';
import { Lane } from './lane.client';
import { ChartPanel } from './panel.client';
import { inset } from './plot.client';

export type Multiple = { chart: ReadyChart; badge: ReactNode; state: ReactNode };

export function Multiples({
  multiples,
  marks,
  zone,
  range,
}: {
  multiples: Multiple[];
  marks: Mark[];
  zone: Zone;
  range: { from: number; to: number };
}) {
  const root = useRef<HTMLDivElement>(null);
  const cross = useRef<Crosshair | null>(null);
  const { hold } = useLive();
  const zoom = useZoom();
  const lines = useMemo(() => joinMarks(marks, 0.004).map(({ x, tone }) => ({ x, tone })), [marks]);
  useEffect(() => {
    if (!root.current) return;
    const kept = cross.current?.position() ?? null;
    cross.current = crosshair(
      root.current,
      multiples.map((m) => m.chart),
      zone,
      inset,
    );
    if (kept !== null) cross.current.move(kept);
  }, [multiples, zone]);
  useEffect(() => {
    const node = root.current;
    if (!node) return;
    return listen(node, cross, {
      hold: (on) => hold('chart', on),
      zoom: (from, to) => zoom(range.from + from * (range.to - range.from), range.from + to * (range.to - range.from)),
    });
  }, [hold, zoom, range.from, range.to]);
  return (
    <div ref={root}>
      <div className={styles.grid}>
        {multiples.map((m) => (
          <ChartPanel key={m.chart.id} chart={m.chart} zone={zone} marks={lines} badge={m.badge} state={m.state} />
        ))}
      </div>
      <Lane marks={marks} zone={zone} range={range} onPoint={(share) => cross.current?.move(share)} />
    </div>
  );
}

export function useZoom(): (from: number, to: number) => void {
  const router = useRouter();
  const path = usePathname();
  const search = useSearchParams();
  return useCallback(
    (from, to) => {
      if (to - from < 10_000) return;
      const next = new URLSearchParams(search);
      next.delete('range');
      next.set('from', new Date(from).toISOString());
      next.set('to', new Date(to).toISOString());
      router.push(`${path}?${next}`, { scroll: false });
    },
    [router, path, search],
  );
}

type Reactions = { hold: (on: boolean) => void; zoom: (from: number, to: number) => void };

function listen(root: HTMLElement, cross: { current: Crosshair | null }, on: Reactions): () => void {
  let began: number | null = null;
  const plotOf = (e: Event) => (e.target instanceof Element ? e.target.closest<HTMLElement>('[data-plot]') : null);
  const move = (e: PointerEvent) => {
    const plot = plotOf(e);
    if (!plot || !cross.current) return leave();
    const share = cross.current.shareAt(plot, e.clientX);
    cross.current.move(share);
    if (e.pointerType === 'mouse') on.hold(true);
    if (began !== null) cross.current.select([clamp(began), clamp(share)]);
  };
  const leave = () => {
    if (began === null) cross.current?.move(null);
    on.hold(false);
  };
  const down = (e: PointerEvent) => {
    const plot = plotOf(e);
    if (!plot || !cross.current || e.button !== 0 || e.pointerType === 'touch') return;
    began = cross.current.shareAt(plot, e.clientX);
  };
  const up = (e: PointerEvent) => {
    if (began === null || !cross.current) return;
    const plot = plotOf(e) ?? root.querySelector<HTMLElement>('[data-plot]');
    const end = plot ? clamp(cross.current.shareAt(plot, e.clientX)) : clamp(began);
    const [from, to] = [Math.min(clamp(began), end), Math.max(clamp(began), end)];
    began = null;
    cross.current.select(null);
    if (to - from > 0.02) on.zoom(from, to);
  };
  const key = (e: KeyboardEvent) => {
    if (!plotOf(e) || !cross.current) return;
    const at = cross.current.position() ?? 1;
    const step = e.shiftKey ? 0.1 : 0.01;
    if (e.key === 'ArrowLeft') cross.current.move(at - step);
    else if (e.key === 'ArrowRight') cross.current.move(at + step);
    else if (e.key === 'Home') cross.current.move(0);
    else if (e.key === 'End') cross.current.move(1);
    else if (e.key === 'Escape') cross.current.move(null);
    else if (e.key === '+' || e.key === '=') on.zoom(clamp(at - 0.25), clamp(at + 0.25));
    else if (e.key === '-') on.zoom(-0.5, 1.5);
    else return;
    e.preventDefault();
  };
  const options = { passive: true } as const;
  root.addEventListener('pointermove', move, options);
  root.addEventListener('pointerleave', leave, options);
  root.addEventListener('pointerdown', down, options);
  window.addEventListener('pointerup', up, options);
  root.addEventListener('keydown', key);
  return () => {
    root.removeEventListener('pointermove', move);
    root.removeEventListener('pointerleave', leave);
    root.removeEventListener('pointerdown', down);
    window.removeEventListener('pointerup', up);
    root.removeEventListener('keydown', key);
    on.hold(false);
  };
}

const clamp = (share: number) => Math.min(1, Math.max(0, share));
