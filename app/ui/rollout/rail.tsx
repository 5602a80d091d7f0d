/** The stages of a plan as a rope with knots: where it stands, what each step exposes. */

import { Icon } from '@/app/ui/icon';
import { formatNumber } from '@/lib/chart/format';
import type { RolloutView } from '@/lib/rollout/model';
import styles from './rail.module.css';

export function exposureText(exposure: Record<string, number>, holdback: number): string {
  return Object.entries(exposure)
    .map(
      ([cohort, share]) =>
        `${cohort === '*' ? 'everybody' : cohort} ${formatNumber(Math.min(share, 100 - holdback))}\u202f%`,
    )
    .join(', ');
}

export function Rail({ rollout }: { rollout: Pick<RolloutView, 'plan' | 'stage' | 'state'> }) {
  const { plan, stage, state } = rollout;
  const over = state === 'rolled_back' || state === 'rolling_back';
  return (
    <ol className={styles.rail} aria-label="Stages">
      {plan.stages.map((s, index) => {
        const at =
          state === 'completed' || index < stage ? 'past' : index === stage ? (over ? 'fallen' : 'here') : 'ahead';
        return (
          <li key={s.name} className={styles[at]} aria-current={index === stage && !over ? 'step' : undefined}>
            <span className={styles.knot}>
              {at === 'past' ? (
                <Icon name="check" size={10} />
              ) : at === 'fallen' ? (
                <Icon name="roll_back" size={10} />
              ) : null}
            </span>
            <span className={styles.name}>
              {s.name}
              {s.approval ? (
                <span className={styles.lock} title="Needs an approval to be left">
                  {' '}
                  · approval
                </span>
              ) : null}
            </span>
            <span className={styles.exposure}>{exposureText(s.exposure, plan.holdback)}</span>
          </li>
        );
      })}
    </ol>
  );
}

/** The rail in one line, for tables. */
export function MiniRail({ rollout }: { rollout: Pick<RolloutView, 'plan' | 'stage' | 'state'> }) {
  const { plan, stage, state } = rollout;
  const current = plan.stages[stage];
  const fallen = state === 'rolled_back' || state === 'rolling_back';
  return (
    <span className={styles.mini}>
      <span className={styles.dots} aria-hidden="true">
        {plan.stages.map((s, index) => (
          <i
            key={s.name}
            className={
              state === 'completed' || index < stage
                ? styles.dotPast
                : index === stage
                  ? fallen
                    ? styles.dotFallen
                    : styles.dotHere
                  : ''
            }
          />
        ))}
      </span>
      <span>
        {current ? current.name : 'not started'}
        <span className="quiet">
          {' '}
          {Math.max(0, stage + 1)}/{plan.stages.length}
        </span>
      </span>
    </span>
  );
}
