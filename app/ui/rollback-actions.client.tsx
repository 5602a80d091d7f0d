'use client';
/** What a person can do about a rollback that is not proven: let Belay try again, or take it over. */
import { useState } from 'react';
import { Dialog } from './dialog.client';
import { Field, FormError, useSend } from './form.client';
import { Icon, type IconName } from './icon';
import styles from './rollback.module.css';
import { orderKey } from './send';

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
        {act ? <Ask key={act} id={id} act={act} onDone={() => setAct(null)} /> : null}
      </Dialog>
    </div>
  );
}

function Ask({ id, act, onDone }: { id: string; act: Act; onDone: () => void }) {
  const { busy, refusal, run } = useSend();
  const [reason, setReason] = useState(acts[act].reason);
  const [key] = useState(orderKey);
  const submit = async () => {
    const sent = await run('POST', `/rollbacks/${id}/${act}`, { reason }, { idempotencyKey: key });
    if (sent.ok) onDone();
  };
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <p>{acts[act].says}</p>
      <Field label="Why (kept in the history)" name="reason" refusal={refusal}>
        {(control) => (
          <input {...control} value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} required />
        )}
      </Field>
      <FormError refusal={refusal} shown={['reason']} />
      <div className="row end">
        <button type="button" className="button" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" className="button primary" disabled={busy}>
          <Icon name={acts[act].icon} /> {busy ? 'Working…' : acts[act].label}
        </button>
      </div>
    </form>
  );
}
