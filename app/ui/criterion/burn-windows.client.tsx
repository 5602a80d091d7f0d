'use client';
import styles from '@/app/ui/rollout/plan-form.module.css';
/** The objective of a burn rate and its windows, each of which must burn too fast. */
import { formatDuration, formatNumber } from '@/lib/chart/format';

/** As typed: percent of good events, minutes and rate. */
export type BurnFields = { percent: string; windows: Array<{ id: number; minutes: string; rate: string }> };

/** The fast pair of the Site Reliability Workbook. */
export const newBurn: BurnFields = {
  percent: '99.9',
  windows: [
    { id: 0, minutes: '60', rate: '14.4' },
    { id: 1, minutes: '5', rate: '14.4' },
  ],
};
const mostWindows = 8;

export function windowsOf(burn: BurnFields): Array<{ minutes: number; rate: number }> {
  return burn.windows.map(({ minutes, rate }) => ({ minutes: Number(minutes), rate: Number(rate) }));
}

/** 99.9 % is written 0.999, and not what 99.9 / 100 leaves of it. */
export function objectiveOf(burn: BurnFields): number {
  return Number((Number(burn.percent) / 100).toPrecision(12));
}

export function BurnWindows({ burn, onChange }: { burn: BurnFields; onChange: (burn: BurnFields) => void }) {
  const { windows } = burn;
  const change = (id: number, to: { minutes?: string; rate?: string }) =>
    onChange({ ...burn, windows: windows.map((w) => (w.id === id ? { ...w, ...to } : w)) });
  const add = () => {
    const id = Math.max(...windows.map((w) => w.id)) + 1;
    onChange({ ...burn, windows: [...windows, { id, minutes: '30', rate: windows.at(-1)?.rate ?? '14.4' }] });
  };
  return (
    <>
      <label>
        Objective, % good
        <input
          inputMode="decimal"
          value={burn.percent}
          onChange={(e) => onChange({ ...burn, percent: e.target.value })}
        />
      </label>
      <ul className={styles.windows} aria-label="Windows, all of which must burn too fast">
        {windows.map((w, i) => (
          <li key={w.id}>
            <label>
              Minutes
              <input
                inputMode="decimal"
                value={w.minutes}
                onChange={(e) => change(w.id, { minutes: e.target.value })}
              />
            </label>
            <label>
              Burn rate
              <input inputMode="decimal" value={w.rate} onChange={(e) => change(w.id, { rate: e.target.value })} />
            </label>
            <button
              type="button"
              className="button small"
              aria-label={`Remove window ${i + 1}`}
              disabled={windows.length === 1}
              onClick={() => onChange({ ...burn, windows: windows.filter((other) => other.id !== w.id) })}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      <button type="button" className="button small" disabled={windows.length >= mostWindows} onClick={add}>
        Another window
      </button>
      <p className="hint">{says(burn)}</p>
    </>
  );
}

function says(burn: BurnFields): string {
  const budget = 100 - Number(burn.percent);
  if (!(budget > 0 && budget < 100)) return 'The objective lies between 0 and 100 %.';
  const parts = windowsOf(burn).map(
    ({ minutes, rate }) => `${formatNumber(rate * budget)}\u202f% bad over ${formatDuration(minutes * 60_000)}`,
  );
  return `Fails at more than ${parts.join(' and ')}, all at once.`;
}
