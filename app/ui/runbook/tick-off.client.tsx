'use client';
/** One press says that it is done; a note is for who has one. */
import { useState } from 'react';
import { FormError, useSend } from '@/app/ui/form/form.client';
import { orderKey } from '@/app/ui/form/send';
import { Icon } from '@/app/ui/icon';
import styles from '@/app/ui/rollback/rollback.module.css';

export function TickOff({ id, step, title }: { id: string; step: string; title: string }) {
  const { busy, refusal, run } = useSend();
  const [note, setNote] = useState('');
  const [key] = useState(orderKey);
  return (
    <form
      className={styles.tick}
      onSubmit={(e) => {
        e.preventDefault();
        void run('POST', `/rollbacks/${id}/tick`, { step, note }, { idempotencyKey: key });
      }}
    >
      <button type="submit" className="button small primary" disabled={busy} aria-label={`Done: ${title}`}>
        <Icon name="check" size={12} /> {busy ? 'Working…' : 'Done'}
      </button>
      <input
        aria-label={`Note on ${title} (optional)`}
        placeholder="Note, if there is one"
        value={note}
        onChange={(e) => setNote(e.target.value)}
        maxLength={500}
      />
      <FormError refusal={refusal} />
    </form>
  );
}
