'use client';
/** What a person can do about a rollback that is not proven: let Belay try again, or take it over. */
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { ReasonedOrder } from '@/app/ui/form/reasoned-order.client';
import { Icon, type IconName } from '@/app/ui/icon';
import styles from './rollback.module.css';

type Act = 'retry' | 'acknowledge';
const acts: Record<Act, { label: string; icon: IconName; says: string; reason: string }> = {
  retry: {
    label: 'Try again',
    icon: 'roll_back',
    says: 'Belay runs again what failed, and everything that comes after it. What is done already stays done.',
    reason: 'Mended; try again',
  },
  acknowledge: {
    label: 'Take over',
    icon: 'hold',
    says: 'You answer for it. Belay goes on trying and calls nobody about it any more. It stays not confirmed: nothing here says that it has worked.',
    reason: '',
  },
};

export function RollbackActions({ id, offers }: { id: string; offers: { retry: boolean; takeOver: boolean } }) {
  const [act, setAct] = useState<Act | null>(null);
  if (!offers.retry && !offers.takeOver) return null;
  return (
    <div className={styles.actions}>
      {offers.retry ? (
        <button type="button" className="button primary" onClick={() => setAct('retry')}>
          <Icon name={acts.retry.icon} /> {acts.retry.label}
        </button>
      ) : null}
      {offers.takeOver ? (
        <button type="button" className="button" onClick={() => setAct('acknowledge')}>
          <Icon name={acts.acknowledge.icon} /> {acts.acknowledge.label}
        </button>
      ) : null}
      <Dialog title={act ? acts[act].label : ''} open={act !== null} onClose={() => setAct(null)}>
        {act ? (
          <ReasonedOrder
            key={act}
            {...acts[act]}
            order={(reason, once) => ['POST', `/rollbacks/${id}/${act}`, { reason }, once]}
            onDone={() => setAct(null)}
          >
            <p>{acts[act].says}</p>
          </ReasonedOrder>
        ) : null}
      </Dialog>
    </div>
  );
}
