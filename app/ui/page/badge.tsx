import { Icon, type IconName } from '@/app/ui/icon';
import { Name } from '@/app/ui/text/name';
import { outcomeReasonWords, outcomeWords, stateWords, type Tone } from '@/app/ui/text/words';
import type { OutcomeKind, OutcomeReason } from '@/lib/criterion/model';
import type { RolloutState } from '@/lib/rollout/model';
import styles from './badge.module.css';

export function Badge({ tone, icon, children }: { tone: Tone; icon?: IconName; children: React.ReactNode }) {
  return (
    <span className={`${styles.badge} ${styles[tone]}`}>
      {icon ? <Icon name={icon} size={12} /> : null}
      {children}
    </span>
  );
}

const stateIcons: Record<RolloutState, IconName> = {
  draft: 'no_data',
  running: 'start',
  held: 'hold',
  rolling_back: 'roll_back',
  rolled_back: 'roll_back',
  completed: 'complete',
};

export function StateBadge({ state }: { state: RolloutState }) {
  const words = stateWords[state];
  return (
    <Badge tone={words.tone} icon={stateIcons[state]}>
      {words.label}
    </Badge>
  );
}

/** Four outcomes, four shapes: never green on silence, and not by colour alone. */
export function OutcomeBadge({ outcome, reason }: { outcome: OutcomeKind; reason: OutcomeReason }) {
  const words = outcomeWords[outcome];
  return (
    <span
      className={`${styles.badge} ${styles[words.tone]} ${outcome === 'no_data' ? styles.hatched : ''}`}
      title={outcomeReasonWords[reason]}
    >
      <Icon name={outcome} size={12} />
      {words.label}
    </span>
  );
}

/** A version with its colour and its dash, in the order baseline, candidate, others. */
export function Version({ name, index }: { name: string; index: number }) {
  return (
    <span className={styles.version}>
      <Swatch index={index} />
      <Name>{name}</Name>
    </span>
  );
}

export const dashes = ['5 3', '', '2 2', '7 2 2 2'];

export function Swatch({ index }: { index: number }) {
  const at = index % 4;
  return (
    <svg width="18" height="8" viewBox="0 0 18 8" aria-hidden="true" focusable="false" className={styles.swatch}>
      <line x1="0" x2="18" y1="4" y2="4" stroke={`var(--v${at})`} strokeWidth="2.5" strokeDasharray={dashes[at]} />
    </svg>
  );
}
