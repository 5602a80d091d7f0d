'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { orderKey } from '@/app/ui/form/send';
import { Icon } from '@/app/ui/icon';
import { Ago } from '@/app/ui/text/clock.client';
import { Name } from '@/app/ui/text/name';
import type { ApprovalView } from '@/lib/rollout/model';
import styles from './approval.module.css';

/** A second pair of eyes: what is asked, by whom, and the answer. */
export function ApprovalBox({ approval, allowed }: { approval: ApprovalView; allowed: boolean }) {
  const [comment, setComment] = useState('');
  const [key] = useState(orderKey);
  const { busy, refusal, run } = useSend();
  const answer = (verb: 'approve' | 'refuse') =>
    void run('POST', `/approvals/${approval.id}/${verb}`, { comment }, { idempotencyKey: `${key}-${verb}` });
  return (
    <section className={styles.box} aria-label="Approval">
      <Icon name="hold" size={18} />
      <div className="stack tight grow">
        <p>
          <strong>
            Waits for an approval to leave the stage <Name>{approval.stageName}</Name>
          </strong>
          <span className="quiet">
            {' '}
            · asked for by <Name>{approval.requestedBy}</Name> <Ago at={approval.requestedAt} />
          </span>
        </p>
        {allowed ? (
          <div className="row bottom">
            <Field label="Comment (needed to refuse)" name="comment" refusal={refusal} className="grow">
              {(control) => (
                <input {...control} value={comment} maxLength={500} onChange={(e) => setComment(e.target.value)} />
              )}
            </Field>
            <button type="button" className="button primary" disabled={busy} onClick={() => answer('approve')}>
              <Icon name="pass" /> Approve
            </button>
            <button type="button" className="button danger" disabled={busy} onClick={() => answer('refuse')}>
              <Icon name="fail" /> Refuse
            </button>
          </div>
        ) : (
          <p className="quiet small">Answering needs the role approver.</p>
        )}
        <FormError refusal={refusal} shown={['comment']} />
      </div>
    </section>
  );
}
