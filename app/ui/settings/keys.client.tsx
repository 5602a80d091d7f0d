'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { TwiceButton } from '@/app/ui/form/twice-button.client';
import { Badge } from '@/app/ui/page/badge';
import { StateNote } from '@/app/ui/page/panel';
import { Scroll } from '@/app/ui/page/scroll';
import { Ago } from '@/app/ui/text/clock.client';
import { CopyBlock } from '@/app/ui/text/copy.client';
import { Name } from '@/app/ui/text/name';
import { roleWords } from '@/app/ui/text/words';
import type { KeyView, NewKey } from '@/app/ui/views';
import { type Role, roles } from '@/lib/access/model';
import styles from './settings.module.css';

export function KeyTable({ keys }: { keys: KeyView[] }) {
  const { busy, refusal, run } = useSend();
  if (keys.length === 0)
    return (
      <StateNote state="empty">No key yet. On this machine, loopback may ingest and evaluate without one.</StateNote>
    );
  return (
    <>
      <FormError refusal={refusal} />
      <Scroll label="Keys, scrolls sideways">
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Role</th>
              <th scope="col">Environment</th>
              <th scope="col">Made</th>
              <th scope="col">State</th>
              <th scope="col">Revoke</th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <tr key={key.id}>
                <th scope="row">
                  <Name>{key.name}</Name>
                </th>
                <td title={roleWords[key.role]}>{key.role}</td>
                <td>{key.environment ? <Name>{key.environment}</Name> : 'all'}</td>
                <td className="quiet">
                  <Ago at={key.createdAt} /> by <Name>{key.createdBy}</Name>
                </td>
                <td>{key.revokedAt ? <Badge tone="plain">Revoked</Badge> : <Badge tone="good">Valid</Badge>}</td>
                <td>
                  {key.revokedAt ? null : (
                    <span className="row">
                      <TwiceButton
                        label={`Revoke ${key.name}`}
                        sure="Revoke now"
                        busy={busy}
                        onSure={() => run('DELETE', `/keys/${key.id}`)}
                      >
                        Revoke
                      </TwiceButton>
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

export function KeyForm() {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('ingest');
  const [environment, setEnvironment] = useState('');
  const [made, setMade] = useState<NewKey | null>(null);
  const { busy, refusal, run } = useSend();
  const submit = async () => {
    const sent = await run<NewKey>('POST', '/keys', { name, role, ...(environment ? { environment } : {}) });
    if (!sent.ok) return;
    setMade(sent.body);
    setName('');
  };
  return (
    <form
      className={styles.form}
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <Field label="Name of the new key" name="name" refusal={refusal}>
        {(c) => (
          <input {...c} value={name} onChange={(e) => setName(e.target.value)} required placeholder="checkout-api" />
        )}
      </Field>
      <Field label="Role" name="role" refusal={refusal} hint={roleWords[role]}>
        {(c) => (
          <select {...c} value={role} onChange={(e) => setRole(e.target.value as Role)}>
            {roles.map((r) => (
              <option key={r}>{r}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Environment" name="environment" refusal={refusal}>
        {(c) => <input {...c} value={environment} placeholder="all" onChange={(e) => setEnvironment(e.target.value)} />}
      </Field>
      <button type="submit" className="button primary" disabled={busy}>
        Make a key
      </button>
      <FormError refusal={refusal} shown={['name', 'role', 'environment']} />
      {made ? (
        <div className={styles.once} role="status">
          <p>
            <strong>The key {made.name}, shown this once.</strong> Belay keeps only its hash.
          </p>
          <CopyBlock label={`Key ${made.name}`} text={made.key} />
        </div>
      ) : null}
    </form>
  );
}
