'use client';
/** The way of a report: asked for a review, answered, published; each step says what it does before it is taken. */
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { Icon } from '@/app/ui/icon';
import { visible } from '@/app/ui/text/name';
import type { PostmortemState } from '@/lib/postmortem/model';
import { namesIn } from './names';
import styles from './report.module.css';

export type Way = {
  id: string;
  state: PostmortemState;
  version: number;
  /** who may approve and see it, by name */
  approvers: string[];
  may: { operate: boolean; approve: boolean };
  /** whoever looks was asked and has not answered */
  asked: boolean;
  settling: boolean;
};
type Order = 'ask' | 'approve' | 'changes' | 'publish';

const words: Record<Order, { title: string; does: string; button: string }> = {
  ask: {
    title: 'Ask for a review',
    does: 'Each is told, and the report waits until all of them have approved the same version.',
    button: 'Ask them',
  },
  approve: {
    title: 'Approve this version',
    does: 'It counts for the words that you have read; whatever changes afterwards needs your approval again.',
    button: 'Approve',
  },
  changes: {
    title: 'Ask for changes',
    does: 'It goes back to being a draft, with what you say here.',
    button: 'Ask for changes',
  },
  publish: {
    title: 'Publish it',
    does: 'It is sealed with its evidence, and the history repeats the seal. Nothing is drafted any more; who changes it later amends it under a reason, and every version is kept.',
    button: 'Publish',
  },
};

export function ReviewBar({ way }: { way: Way }) {
  const { state, may, asked } = way;
  const [order, setOrder] = useState<Order | null>(null);
  const { busy, refusal, run } = useSend();
  const published = state === 'published' || state === 'amended';
  if (published || !may.operate) return null;
  const offer = (of: Order, primary = false) => (
    <button type="button" className={`button ${primary ? 'primary' : ''}`} onClick={() => setOrder(of)}>
      {words[of].title}
    </button>
  );
  return (
    <section className={`no-print ${styles.way}`} id="reviews" aria-label="What comes next">
      <p>
        {state === 'draft' ? (
          <>
            <strong>A draft from the records.</strong> Read it, strike out what does not hold, add what only people
            know.
          </>
        ) : asked ? (
          <>
            <strong>It waits for your review.</strong> Read it, then approve it or ask for changes.
          </>
        ) : (
          <>
            <strong>In review.</strong> It can be published once all who were asked have approved this version.
          </>
        )}
      </p>
      <div className="row">
        {state === 'draft' ? offer('ask') : null}
        {state === 'in_review' && may.approve ? offer('approve', asked) : null}
        {state === 'in_review' && may.approve ? offer('changes') : null}
        {may.approve ? offer('publish', state === 'draft') : null}
        {state === 'in_review' ? (
          <button
            type="button"
            className="button ghost"
            disabled={busy}
            onClick={() => void run('POST', `/postmortems/${way.id}/withdraw`)}
          >
            Take it back
          </button>
        ) : null}
        <button
          type="button"
          className="button ghost"
          disabled={busy}
          title="From what is recorded now; nothing that a person wrote is touched"
          onClick={() => void run('POST', `/postmortems/${way.id}/redraft`)}
        >
          Draft it again
        </button>
      </div>
      {order === null ? <FormError refusal={refusal} /> : null}
      <Dialog title={order ? words[order].title : ''} open={order !== null} onClose={() => setOrder(null)}>
        {order ? <OrderForm order={order} way={way} onDone={() => setOrder(null)} /> : null}
      </Dialog>
    </section>
  );
}

function OrderForm({ order, way, onDone }: { order: Order; way: Way; onDone: () => void }) {
  const { busy, refusal, run } = useSend();
  const [note, setNote] = useState('');
  const [who, setWho] = useState('');
  // What was read when the dialog opened is what is answered.
  const [version] = useState(way.version);
  const orders: Record<Order, [string, Record<string, unknown>]> = {
    ask: ['ask-review', { reviewers: namesIn(who), note }],
    approve: ['review', { state: 'approved', version, note }],
    changes: ['review', { state: 'changes', version, note }],
    publish: ['publish', { version, note }],
  };
  const go = async () => {
    const [verb, body] = orders[order];
    const sent = await run('POST', `/postmortems/${way.id}/${verb}`, body);
    if (sent.ok) onDone();
  };
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        void go();
      }}
    >
      <p>{words[order].does}</p>
      {order === 'publish' && way.settling ? (
        <p className="small">
          <Icon name="clock" /> Late facts may still come in; published now, they are left out.
        </p>
      ) : null}
      {order === 'ask' ? (
        <Field
          label="Who is asked (names, with commas between)"
          name="reviewers"
          refusal={refusal}
          hint={
            way.approvers.length > 0
              ? `May approve: ${way.approvers.map(visible).join(', ')}`
              : 'people who may approve'
          }
        >
          {(control) => <input {...control} value={who} onChange={(e) => setWho(e.target.value)} required data-focus />}
        </Field>
      ) : null}
      <Field label={order === 'changes' ? 'What is to be changed' : 'Note'} name="note" refusal={refusal}>
        {(control) => (
          <textarea
            {...control}
            rows={3}
            value={note}
            maxLength={500}
            required={order === 'changes'}
            onChange={(e) => setNote(e.target.value)}
          />
        )}
      </Field>
      <FormError refusal={refusal} shown={['note', 'reviewers']} />
      <div className="row">
        <button
          type="submit"
          className="button primary"
          disabled={busy || (order === 'ask' && namesIn(who).length === 0)}
          data-focus={order === 'publish' || order === 'approve' || undefined}
        >
          {words[order].button}
        </button>
      </div>
    </form>
  );
}
