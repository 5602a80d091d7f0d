'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { TwiceButton } from '@/app/ui/form/twice-button.client';
import { StateNote } from '@/app/ui/page/panel';
import styles from '@/app/ui/settings/settings.module.css';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { DatabaseView } from '@/lib/migration/model';

export function DatabaseTable({ databases }: { databases: DatabaseView[] }) {
  const [editing, setEditing] = useState<string | null>(null);
  const edited = databases.find((d) => d.id === editing);
  if (databases.length === 0)
    return <StateNote state="empty">No database is registered. Steps and checks in SQL need one.</StateNote>;
  return (
    <>
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Address</th>
            <th scope="col">Added</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {databases.map((database) => (
            <Row
              key={database.id}
              database={database}
              editing={editing === database.id}
              onEdit={() => setEditing(editing === database.id ? null : database.id)}
            />
          ))}
        </tbody>
      </table>
      {edited ? <DatabaseForm key={edited.id} database={edited} onSaved={() => setEditing(null)} /> : null}
    </>
  );
}

function Row(props: { database: DatabaseView; editing: boolean; onEdit: () => void }) {
  const { database } = props;
  const { busy, refusal, run } = useSend();
  const [answer, setAnswer] = useState<{ ok: boolean; detail: string } | null>(null);
  const test = async () => {
    setAnswer(null);
    const sent = await run<{ ok: boolean; detail: string }>('POST', `/databases/${database.id}/test`);
    if (sent.ok) setAnswer(sent.body);
  };
  return (
    <tr>
      <th scope="row">
        <Name>{database.name}</Name>
      </th>
      <td>
        <code>{visible(database.address)}</code>
        <div role="status" className="small">
          {answer ? (answer.ok ? visible(answer.detail) : `Does not answer: ${visible(answer.detail)}`) : null}
        </div>
        <FormError refusal={refusal} />
      </td>
      <td>
        <Time at={database.createdAt} /> by <Name>{database.createdBy}</Name>
      </td>
      <td>
        <span className="row">
          <button
            type="button"
            className="button small"
            disabled={busy}
            aria-label={`Ask it: ${database.name}`}
            onClick={() => void test()}
          >
            Ask it
          </button>
          <button
            type="button"
            className="button small"
            aria-label={`Edit: ${database.name}`}
            aria-expanded={props.editing}
            onClick={props.onEdit}
          >
            Edit
          </button>
          <TwiceButton
            label={`Remove: ${database.name}`}
            sure="Remove now"
            busy={busy}
            onSure={() => run('DELETE', `/databases/${database.id}`)}
          >
            Remove
          </TwiceButton>
        </span>
      </td>
    </tr>
  );
}

/** `database` left out: a new one. The address is always given whole, for the one that is kept is never shown. */
export function DatabaseForm({ database, onSaved }: { database?: DatabaseView; onSaved?: () => void }) {
  const [given, setGiven] = useState({ name: database?.name ?? '', url: '' });
  const { busy, refusal, run } = useSend();
  const submit = async () => {
    const sent = database
      ? await run('PUT', `/databases/${database.id}`, given)
      : await run('POST', '/databases', given);
    if (!sent.ok) return;
    setGiven({ name: '', url: '' });
    onSaved?.();
  };
  return (
    <form
      className={styles.form}
      aria-label={database ? `Edit ${database.name}` : 'Add a database'}
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <Field label={database ? 'Name' : 'Name of the new database'} name="name" refusal={refusal}>
        {(c) => (
          <input
            {...c}
            value={given.name}
            required
            placeholder="orders"
            onChange={(e) => setGiven({ ...given, name: e.target.value })}
          />
        )}
      </Field>
      <Field
        label="Address"
        name="url"
        refusal={refusal}
        hint="with user and password; give the account no more rights than the steps need"
      >
        {(c) => (
          <input
            {...c}
            type="password"
            autoComplete="off"
            value={given.url}
            required
            placeholder="postgres://user:password@host:5432/orders"
            onChange={(e) => setGiven({ ...given, url: e.target.value })}
          />
        )}
      </Field>
      <button type="submit" className="button primary" disabled={busy}>
        {database ? 'Save' : 'Add the database'}
      </button>
      <FormError refusal={refusal} shown={['name', 'url']} />
    </form>
  );
}
