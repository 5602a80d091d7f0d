/** Two lanes over one time: what would have been said above, what was done below. The lists beside it say the same. */

import { actionWords } from '@/app/ui/text/words';
import type { BacktestView } from '@/app/ui/views';
import { timeTicks } from '@/lib/chart/axis';
import type { Zone } from '@/lib/chart/time';
import styles from './backtest.module.css';

export function TimeLane({ view, zone }: { view: BacktestView; zone: Zone }) {
  const from = Date.parse(view.from);
  const last = Math.max(Date.parse(view.to), ...view.wouldHave.map((t) => Date.parse(t.at)));
  // With room for the last word, which often ends it.
  const end = last + 0.06 * (last - from);
  const share = (at: number) => `${(100 * Math.min(1, Math.max(0, (at - from) / (end - from)))).toFixed(3)}%`;
  const width = (a: number, b: number) => `${((100 * (b - a)) / (end - from)).toFixed(3)}%`;
  const would = view.wouldHave.map((t, i) => {
    const next = view.wouldHave[i + 1];
    return { ...t, start: i === 0 ? from : Date.parse(t.at), stop: next ? Date.parse(next.at) : end };
  });
  const acted = view.happened.filter((h) => h.acted);
  const stages = acted
    .filter((h) => h.action === 'start' || h.action === 'widen' || h.action === 'roll_back' || h.action === 'complete')
    .map((h, i, all) => ({ ...h, start: Date.parse(h.at), stop: all[i + 1] ? Date.parse(all[i + 1]?.at ?? '') : end }));
  return (
    <div className={styles.lanes} aria-hidden="true">
      <span>Would have said</span>
      <div className={styles.lane}>
        {would.map((t) => (
          <i
            key={`${t.at} ${t.kind} ${t.reason}`}
            data-kind={t.kind}
            style={{ left: share(t.start), width: width(t.start, t.stop) }}
          >
            <b>{t.kind === 'roll_back' ? 'Roll back' : t.kind === 'widen' ? 'Widen' : 'Hold'}</b>
          </i>
        ))}
      </div>
      <span>Happened</span>
      <div className={styles.lane}>
        {stages.map((s) => (
          <i
            key={`${s.at} ${s.action}`}
            data-kind={s.action === 'roll_back' ? 'roll_back' : s.action === 'complete' ? 'widen' : 'stage'}
            style={{ left: share(s.start), width: width(s.start, s.stop) }}
          >
            <b>{s.action === 'roll_back' ? 'Rolled back' : (view.plan.stages[s.toStage]?.name ?? '')}</b>
          </i>
        ))}
        {view.happened
          .filter((h) => !h.acted || h.action === 'hold' || h.action === 'resume')
          .map((h) => (
            <u
              key={`${h.at} ${h.action}`}
              data-tone={actionWords[h.action].tone}
              style={{ left: share(Date.parse(h.at)) }}
            />
          ))}
      </div>
      <span />
      <div className={styles.ticks}>
        {timeTicks(from, end, zone, 4).map((t) => (
          <span key={t.value} style={{ left: share(t.value) }}>
            {t.label}
          </span>
        ))}
      </div>
    </div>
  );
}
