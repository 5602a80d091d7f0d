'use client';
/** Whether the mailbox of the one who is signed in is told, and what is to be done until it is. */
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { Badge } from '@/app/ui/page/badge';
import { Ago, Time } from '@/app/ui/text/clock.client';
import { visible } from '@/app/ui/text/name';
import type { MailboxView } from '@/lib/notice/model';
import styles from './notices.module.css';

type Props = { mailbox: MailboxView; mail: boolean; code: string | null };

export function MailboxState({ mailbox, mail, code }: Props) {
  const { told, trouble, unconfirmed } = mailbox;
  return (
    <section className={styles.mailbox} aria-label="My mailbox" data-state={unconfirmed ? 'unconfirmed' : 'plain'}>
      {told ? (
        <p className="row">
          <Badge tone="good">Confirmed</Badge>
          <span>
            Mail goes to <bdi>{visible(told)}</bdi>
            {unconfirmed ? ', until the other one is confirmed' : ''}.
          </span>
        </p>
      ) : unconfirmed ? null : (
        <p className="row">
          <Badge tone="plain">No mailbox</Badge>
          <span>Nothing is mailed to you.</span>
        </p>
      )}
      {told && trouble ? (
        <p className="form-error" role="note">
          <strong>The newest mail has not arrived:</strong> {visible(trouble)}
        </p>
      ) : null}
      {unconfirmed ? (
        <Unconfirmed waiting={unconfirmed} mail={mail} given={code} path="/me/notices" label="Confirm the mailbox" />
      ) : null}
    </section>
  );
}

type Waiting = NonNullable<MailboxView['unconfirmed']>;

type Asking = {
  waiting: Waiting;
  /** whether there is a server to mail a code through */
  mail: boolean;
  given: string | null;
  path: string;
  label: string;
  hint?: string;
};

export function Unconfirmed({ waiting, mail, given, path, label, hint = 'twelve letters and digits' }: Asking) {
  const { email, codeSentAt, expired } = waiting;
  const { busy, refusal, run } = useSend();
  const another = useSend();
  const [code, setCode] = useState(given ?? '');
  return (
    <form
      className="stack tight"
      aria-label={label}
      onSubmit={(e) => {
        e.preventDefault();
        void run('POST', `${path}/confirm`, { code });
      }}
    >
      <p className="row">
        <Badge tone="warn">Not confirmed</Badge>
        <span>
          Nothing is told to <bdi>{visible(email)}</bdi> before it is confirmed.
        </span>
      </p>
      <CodeState waiting={waiting} mail={mail} />
      {codeSentAt && !expired ? (
        <Field label="The code of that mail" name="code" refusal={refusal} hint={hint} className={styles.narrow}>
          {(control) => (
            <input
              {...control}
              required
              maxLength={40}
              autoComplete="one-time-code"
              autoCapitalize="none"
              spellCheck={false}
              value={code}
              onChange={(e) => setCode(e.target.value)}
            />
          )}
        </Field>
      ) : null}
      <div className="row">
        {codeSentAt && !expired ? (
          <button type="submit" className="button primary" disabled={busy}>
            Confirm
          </button>
        ) : null}
        <button
          type="button"
          className="button"
          disabled={another.busy || !mail}
          onClick={() => {
            setCode('');
            void another.run('POST', `${path}/code`);
          }}
        >
          {codeSentAt ? 'Mail another code' : 'Mail the code'}
        </button>
      </div>
      <FormError refusal={refusal} shown={['code']} />
      <FormError refusal={another.refusal} />
    </form>
  );
}

function CodeState({ waiting, mail }: { waiting: Waiting; mail: boolean }) {
  const { codeSentAt, codeUntil, expired, error } = waiting;
  if (error)
    return (
      <p className="form-error" role="note">
        <strong>The code could not be mailed:</strong> {visible(error)}
      </p>
    );
  if (!codeSentAt || !codeUntil)
    return (
      <p className="small quiet">
        {mail ? 'No code has been mailed yet.' : 'No code can be mailed: an administrator names a mail server first.'}
      </p>
    );
  if (expired) return <p className="small">The code that was mailed is void. Have another one mailed.</p>;
  return (
    <p className="small">
      A code was mailed there <Ago at={codeSentAt} />. It works once, until <Time at={codeUntil} />.
    </p>
  );
}
