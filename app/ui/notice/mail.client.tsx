'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import styles from '@/app/ui/settings/settings.module.css';
import { type MailSecurity, type MailView, mailSecurities } from '@/lib/mail/model';
import type { Sent } from '@/lib/webhook/model';
import notices from './notices.module.css';
import { mailWords } from './words';

const securityWords: Record<MailSecurity, string> = {
  starttls: 'STARTTLS (mostly port 587)',
  tls: 'TLS from the start (mostly port 465)',
  none: 'none, only to this machine',
};
const ports: Record<MailSecurity, number> = { starttls: 587, tls: 465, none: 25 };
const shown = ['host', 'port', 'security', 'user', 'password', 'from', 'fromName', 'authority'] as const;
type Values = Record<Exclude<(typeof shown)[number], 'port' | 'security'>, string> & {
  port: number;
  security: MailSecurity;
};

function valuesOf(mail: MailView | null): Values {
  return {
    host: mail?.host ?? '',
    port: mail?.port ?? 587,
    security: mail?.security ?? 'starttls',
    user: mail?.user ?? '',
    password: '',
    from: mail?.from ?? '',
    fromName: mail?.fromName ?? 'Belay',
    authority: mail?.authority ?? '',
  };
}

/** The server that mail goes out through. Its password is given, never shown. */
export function MailForm({ mail }: { mail: MailView | null }) {
  const [values, setValues] = useState(() => valuesOf(mail));
  const [done, setDone] = useState(false);
  const [asking, setAsking] = useState(false);
  const { busy, refusal, run } = useSend();
  const set = (over: Partial<Values>) => {
    setDone(false);
    setValues({ ...values, ...over });
  };
  const submit = async () => {
    const { password, user, authority, ...rest } = values;
    const body = { ...rest, user: user || null, authority: authority.trim() || null };
    const saved = await run('PUT', '/settings/mail', password ? { ...body, password } : body);
    setDone(saved.ok);
    if (saved.ok) setValues({ ...values, password: '' });
  };
  const text = (name: 'host' | 'user' | 'from' | 'fromName', label: string, hint: string, type = 'text') => (
    <Field label={label} name={name} refusal={refusal} hint={hint}>
      {(c) => (
        <input
          {...c}
          type={type}
          autoComplete="off"
          spellCheck={false}
          value={values[name]}
          onChange={(e) => set({ [name]: e.target.value })}
        />
      )}
    </Field>
  );
  return (
    <form
      className={styles.form}
      aria-label="Mail server"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      {text('host', 'Server', 'for example smtp.example.com')}
      <Field
        label="Protection"
        name="security"
        refusal={refusal}
        hint={values.security === 'none' ? 'to 127.0.0.1, ::1 or localhost' : 'without it nothing is sent'}
      >
        {(c) => (
          <select
            {...c}
            value={values.security}
            onChange={(e) => {
              const security = e.target.value as MailSecurity;
              set({ security, ...(values.port === ports[values.security] ? { port: ports[security] } : {}) });
            }}
          >
            {mailSecurities.map((s) => (
              <option key={s} value={s}>
                {securityWords[s]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Port" name="port" refusal={refusal}>
        {(c) => (
          <input
            {...c}
            type="number"
            min={1}
            max={65535}
            value={values.port}
            onChange={(e) => set({ port: Number(e.target.value) })}
          />
        )}
      </Field>
      {text('user', 'Account', 'empty: without signing in')}
      <Field
        label="Password"
        name="password"
        refusal={refusal}
        hint={mail?.passwordSet ? 'one is kept; empty: it stays' : 'kept, never shown again'}
      >
        {(c) => (
          <input
            {...c}
            type="password"
            autoComplete="new-password"
            value={values.password}
            onChange={(e) => set({ password: e.target.value })}
          />
        )}
      </Field>
      {text('from', 'Sent from', 'the e-mail address that mail comes from', 'email')}
      {text('fromName', 'Under the name', 'what mail programs show')}
      <details className={styles.title}>
        <summary>The server’s certificate is signed by an authority of your own</summary>
        <Field label="Certificate of the authority (PEM)" name="authority" refusal={refusal}>
          {(c) => (
            <textarea
              {...c}
              rows={5}
              spellCheck={false}
              value={values.authority}
              onChange={(e) => set({ authority: e.target.value })}
            />
          )}
        </Field>
      </details>
      <div className={styles.told}>
        <FormError refusal={refusal} shown={[...shown]} />
        <div className="row end">
          <span role="status" className="small quiet">
            {done ? 'Saved' : ''}
          </span>
          {mail && asking ? (
            <>
              <button
                type="button"
                className="button danger primary"
                disabled={busy}
                onClick={() => void run('DELETE', '/settings/mail').then(() => setAsking(false))}
              >
                Send no mail any more
              </button>
              <button type="button" className="button" onClick={() => setAsking(false)}>
                Keep
              </button>
            </>
          ) : mail ? (
            <button type="button" className="button danger" onClick={() => setAsking(true)}>
              Remove
            </button>
          ) : null}
          <button type="submit" className="button primary" disabled={busy}>
            Save
          </button>
        </div>
      </div>
    </form>
  );
}

/** Sends one mail with what is saved, and says what the server answered. */
export function MailTest() {
  const [to, setTo] = useState('');
  const [sent, setSent] = useState<Sent | null>(null);
  const { busy, refusal, run } = useSend();
  const outcome = sent && mailWords(sent);
  return (
    <form
      className={styles.form}
      aria-label="Try the mail server out"
      onSubmit={async (e) => {
        e.preventDefault();
        setSent(null);
        const asked = await run<Sent>('POST', '/settings/mail/test', { to: to.trim() });
        if (asked.ok) setSent(asked.body);
      }}
    >
      <Field label="Try it out" name="to" refusal={refusal} hint="an e-mail address that you can read">
        {(c) => <input {...c} type="email" required value={to} onChange={(e) => setTo(e.target.value)} />}
      </Field>
      <button type="submit" className="button" disabled={busy}>
        {busy ? 'Working…' : 'Send a test mail'}
      </button>
      <div className={styles.told}>
        <p role="status" className={notices.outcome} data-ok={outcome?.ok}>
          {outcome?.text}
        </p>
        <FormError refusal={refusal} shown={['to']} />
      </div>
    </form>
  );
}
