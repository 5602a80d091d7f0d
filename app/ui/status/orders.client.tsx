'use client';
/** Making a page public, taking that back, and closing it. */
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { ReasonedOrder } from '@/app/ui/form/reasoned-order.client';
import { Icon } from '@/app/ui/icon';
import { CopyBlock } from '@/app/ui/text/copy.client';
import type { LinkView, StatusSubject, StatusView } from '@/lib/status/model';
import styles from './status.module.css';

export function PublicLink({ page }: { page: Pick<StatusView, 'id' | 'public' | 'publicTitle' | 'closed'> }) {
  const { busy, refusal, run } = useSend();
  const [title, setTitle] = useState(page.publicTitle ?? '');
  const [link, setLink] = useState<string | null>(null);
  const make = async () => {
    const sent = await run<LinkView>('POST', `/status-pages/${page.id}/link`, { title });
    if (sent.ok) setLink(sent.body.url ?? new URL(sent.body.path, window.location.origin).href);
  };
  const revoke = async () => {
    const sent = await run('POST', `/status-pages/${page.id}/unlink`);
    if (sent.ok) setLink(null);
  };
  return (
    <div className={styles.links}>
      {link ? (
        <div role="status">
          <p>
            <strong>This link is shown only now.</strong> Whoever has it reads what was sent for the public.
          </p>
          <CopyBlock text={link} label="Public link" />
        </div>
      ) : null}
      {page.closed ? null : (
        <form
          className="stack tight"
          onSubmit={(e) => {
            e.preventDefault();
            void make();
          }}
        >
          <Field
            label="What strangers read as its title"
            name="title"
            refusal={refusal}
            hint="Not the feature’s own name, unless everybody may know it."
          >
            {(control) => (
              <input
                {...control}
                required
                maxLength={200}
                value={title}
                placeholder="Checkout"
                onChange={(e) => setTitle(e.target.value)}
              />
            )}
          </Field>
          <div className="row">
            <button type="submit" className="button" disabled={busy}>
              {page.public ? 'Replace the link' : 'Make a public link'}
            </button>
            {page.public ? <span className="small quiet">The link that there is stops at once.</span> : null}
          </div>
        </form>
      )}
      {page.public ? (
        <div className="row">
          <button type="button" className="button danger" disabled={busy} onClick={() => void revoke()}>
            <Icon name="stop" /> Revoke the public link
          </button>
        </div>
      ) : null}
      <FormError refusal={refusal} shown={['title']} />
    </div>
  );
}

export function ClosePage({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        Close the page…
      </button>
      <Dialog title="Close the page" open={open} onClose={() => setOpen(false)}>
        <ReasonedOrder
          label="Close"
          reason="Everything is told"
          focus="order"
          order={(reason) => ['POST', `/status-pages/${id}/close`, { reason }]}
          onDone={() => setOpen(false)}
        >
          <p>
            Nothing more is drafted or sent here. What was told stays, for the public too until its link is revoked.
          </p>
        </ReasonedOrder>
      </Dialog>
    </>
  );
}

/** Opens the page of what has none. */
export function OpenPage({ subject, id }: { subject: StatusSubject; id: string }) {
  const { busy, refusal, run } = useSend();
  return (
    <span className="row">
      <button
        type="button"
        className="button small"
        disabled={busy}
        onClick={() => void run('POST', '/status-pages', { subject, id })}
      >
        Open a status page
      </button>
      <FormError refusal={refusal} />
    </span>
  );
}
