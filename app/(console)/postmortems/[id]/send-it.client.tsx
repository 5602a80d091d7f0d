'use client';
/** Sent to people from its page: to whom, what became of it, and who gets no mail. */
import Link from 'next/link';
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { orderKey } from '@/app/ui/form/send';
import { Badge } from '@/app/ui/page/badge';
import { sentWords } from '@/app/ui/postmortem/words';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { SendingView, SentTo } from '@/lib/postmortem/sending-model';
import { namesIn } from './names';
import styles from './report.module.css';

export type Sendable = {
  id: string;
  version: number;
  published: boolean;
  may: boolean;
  /** who may see it, by name; empty where whoever looks is not shown the people */
  readers: string[];
  sendings: SendingView[];
};

export function SendIt({ of }: { of: Sendable }) {
  const [open, setOpen] = useState(false);
  const [sent, setSent] = useState<SendingView | null>(null);
  const close = () => {
    setOpen(false);
    setSent(null);
  };
  return (
    <div className="stack tight">
      {of.may ? (
        <p>
          <button type="button" className="button small" onClick={() => setOpen(true)}>
            Send it
          </button>
        </p>
      ) : null}
      {of.sendings.length > 0 ? (
        <>
          <ul className={styles.list} aria-label="Sent in the last thirty days">
            {of.sendings.map((sending) => (
              <li key={sending.id}>
                <span className="quiet">
                  Version {sending.version}, by <Name>{sending.by}</Name> <Ago at={sending.at} />
                </span>
                <People people={sending.people} />
              </li>
            ))}
          </ul>
          <p>
            <Link href="/settings#told">What was told lately, and again what failed</Link>
          </p>
        </>
      ) : null}
      <Dialog title={sent ? 'It is on its way' : 'Send it'} open={open} onClose={close}>
        {sent ? <Answer sent={sent} onClose={close} /> : <SendForm of={of} onSent={setSent} />}
      </Dialog>
    </div>
  );
}

function People({ people }: { people: SentTo[] }) {
  return (
    <ul className={styles.list}>
      {people.map(({ id, name, state, why }) => (
        <li key={id}>
          <span>
            <Name>{name}</Name> <Badge tone={sentWords[state].tone}>{sentWords[state].label}</Badge>
          </span>
          {why ? <bdi className="quiet">{visible(why)}</bdi> : null}
        </li>
      ))}
    </ul>
  );
}

function Answer({ sent, onClose }: { sent: SendingView; onClose: () => void }) {
  const without = sent.people.filter(({ state }) => state === 'not_mailed');
  return (
    <div className="stack">
      {without.length > 0 ? (
        <p role="alert">
          {without.length === sent.people.length ? 'None of them gets a mail' : 'Not all of them get a mail'}: tell
          whoever does not another way.
        </p>
      ) : (
        <p>Each is mailed. Here stands what becomes of it.</p>
      )}
      <People people={sent.people} />
      <div className="row">
        <button type="button" className="button primary" onClick={onClose} data-focus>
          Close
        </button>
      </div>
    </div>
  );
}

function SendForm({ of, onSent }: { of: Sendable; onSent: (sent: SendingView) => void }) {
  const { busy, refusal, run } = useSend();
  const [who, setWho] = useState('');
  const [note, setNote] = useState('');
  // What was read when the dialog opened is what is sent, once however often it is pressed.
  const [{ version, key }] = useState(() => ({ version: of.version, key: orderKey() }));
  const go = async () => {
    const order = { version, people: namesIn(who), note };
    const sent = await run<SendingView>('POST', `/postmortems/${of.id}/send`, order, { idempotencyKey: key });
    if (sent.ok) onSent(sent.body);
  };
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        void go();
      }}
    >
      <p>
        Each gets a mail with version {version} as Markdown, with its data and every source, as it is now.{' '}
        {of.published ? '' : 'It is not published: they read a draft.'}
      </p>
      <Field
        label="Who gets it (names, with commas between)"
        name="people"
        refusal={refusal}
        hint={of.readers.length > 0 ? `May see it: ${of.readers.map(visible).join(', ')}` : 'people who may see it'}
      >
        {(control) => <input {...control} value={who} onChange={(e) => setWho(e.target.value)} required data-focus />}
      </Field>
      <Field label="Note" name="note" refusal={refusal} hint="In the mails, and here; in no chat">
        {(control) => (
          <textarea {...control} rows={3} value={note} maxLength={2000} onChange={(e) => setNote(e.target.value)} />
        )}
      </Field>
      <FormError refusal={refusal} shown={['people', 'note']} />
      <div className="row">
        <button type="submit" className="button primary" disabled={busy || namesIn(who).length === 0}>
          Send it
        </button>
      </div>
    </form>
  );
}
