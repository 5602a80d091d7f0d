'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { Badge } from '@/app/ui/page/badge';
import { Scroll } from '@/app/ui/page/scroll';
import { Time } from '@/app/ui/text/clock.client';
import { CopyBlock } from '@/app/ui/text/copy.client';
import { Name } from '@/app/ui/text/name';
import { roleWords } from '@/app/ui/text/words';
import type { PersonView } from '@/app/ui/views';
import { personRoles } from '@/lib/access/model';
import styles from './settings.module.css';

type Link = { path: string; expiresAt: string };

export function PeopleTable({ people, self }: { people: PersonView[]; self: string }) {
  const { busy, refusal, run } = useSend();
  const [link, setLink] = useState<(Link & { name: string }) | null>(null);
  return (
    <>
      <FormError refusal={refusal} />
      <Scroll label="People, scrolls sideways">
        <table className="cards">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Role</th>
              <th scope="col">State</th>
              <th scope="col">Access</th>
            </tr>
          </thead>
          <tbody>
            {people.map((person) => (
              <tr key={person.id}>
                <th scope="row">
                  <Name>{person.name}</Name> {person.id === self ? <span className="quiet">(you)</span> : null}
                </th>
                <td>
                  <select
                    aria-label={`Role of ${person.name}`}
                    value={person.role}
                    disabled={busy || person.disabledAt !== null}
                    title={roleWords[person.role]}
                    onChange={(e) => void run('PUT', `/people/${person.id}`, { role: e.target.value })}
                  >
                    {personRoles.map((r) => (
                      <option key={r}>{r}</option>
                    ))}
                  </select>
                </td>
                <td>{person.disabledAt ? <Badge tone="plain">Out</Badge> : <Badge tone="good">May sign in</Badge>}</td>
                <td>
                  {person.disabledAt ? null : (
                    <span className="row">
                      <button
                        type="button"
                        className="button small"
                        disabled={busy}
                        aria-label={`New link for ${person.name} to sign in`}
                        onClick={async () => {
                          const sent = await run<Link>('POST', `/people/${person.id}/sign-in-link`);
                          if (sent.ok) setLink({ ...sent.body, name: person.name });
                        }}
                      >
                        New link
                      </button>
                      {person.id === self ? null : (
                        <button
                          type="button"
                          className="button small danger"
                          disabled={busy}
                          aria-label={`Shut out ${person.name}`}
                          onClick={() => {
                            if (window.confirm(`End all sessions of ${person.name}?`))
                              void run('DELETE', `/people/${person.id}`);
                          }}
                        >
                          Shut out
                        </button>
                      )}
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {link ? <OneTimeLink link={link} name={link.name} /> : null}
    </>
  );
}

export function PeopleForm() {
  const [name, setName] = useState('');
  const [role, setRole] = useState<(typeof personRoles)[number]>('viewer');
  const [made, setMade] = useState<(Link & { name: string }) | null>(null);
  const { busy, refusal, run } = useSend();
  return (
    <form
      className={styles.form}
      onSubmit={async (e) => {
        e.preventDefault();
        const sent = await run<Link>('POST', '/people', { name, role });
        if (!sent.ok) return;
        setMade({ ...sent.body, name });
        setName('');
      }}
    >
      <Field label="Name of the person" name="name" refusal={refusal}>
        {(c) => <input {...c} value={name} onChange={(e) => setName(e.target.value)} required placeholder="Ana" />}
      </Field>
      <Field label="Role" name="role" refusal={refusal} hint={roleWords[role]}>
        {(c) => (
          <select {...c} value={role} onChange={(e) => setRole(e.target.value as typeof role)}>
            {personRoles.map((r) => (
              <option key={r}>{r}</option>
            ))}
          </select>
        )}
      </Field>
      <button type="submit" className="button primary" disabled={busy}>
        Invite
      </button>
      <FormError refusal={refusal} shown={['name', 'role']} />
      {made ? <OneTimeLink link={made} name={made.name} /> : null}
    </form>
  );
}

function OneTimeLink({ link, name }: { link: Link; name: string }) {
  return (
    <div className={styles.once} role="status">
      <p>
        <strong>The link for {name}.</strong> It works once, until <Time at={link.expiresAt} grain="minute" />.
      </p>
      <CopyBlock label={`Sign-in link for ${name}`} text={`${window.location.origin}${link.path}`} />
    </div>
  );
}
