'use client';
/** Checks of a drill: a query or a call each, with what must come of it. */
import { useState } from 'react';
import { Field } from '@/app/ui/form/form.client';
import { Icon } from '@/app/ui/icon';
import { type Edit, Value } from './field.client';
import type { DrillKnown } from './fields.client';
import styles from './form.module.css';
import { valueAt } from './text';

type Kind = 'sql' | 'webhook';

export function ChecksFields(props: Edit & { known: DrillKnown; path: string; none: string }) {
  const { known, path, none, ...edit } = props;
  const given = valueAt(edit.drill, path);
  const checks: unknown[] = Array.isArray(given) ? given : [];
  const put = (next: unknown[]) => edit.onChange({ [path]: next.length === 0 ? undefined : next });
  const add = (kind: Kind) => {
    const name = `check-${checks.length + 1}`;
    const [database = ''] = known.databases;
    const [webhook = ''] = known.webhooks;
    put([...checks, kind === 'sql' ? { kind, name, database, query: '', expect: 'no_rows' } : { kind, name, webhook }]);
  };
  return (
    <>
      {checks.length === 0 ? <p className={`small quiet ${styles.wide}`}>{none}</p> : null}
      {checks.map((check, i) => (
        <OneCheck
          // biome-ignore lint/suspicious/noArrayIndexKey: a check is its place in the text
          key={i}
          {...edit}
          path={`${path}[${i}]`}
          kind={(check as { kind?: Kind } | null)?.kind === 'webhook' ? 'webhook' : 'sql'}
          onRemove={() => put(checks.filter((_, other) => other !== i))}
        />
      ))}
      <div className={`row ${styles.wide}`}>
        <button type="button" className="button small" onClick={() => add('sql')}>
          <Icon name="plus" /> Query
        </button>
        <button type="button" className="button small" onClick={() => add('webhook')}>
          <Icon name="plus" /> Webhook
        </button>
      </div>
    </>
  );
}

function OneCheck({ path, kind, onRemove, ...edit }: Edit & { path: string; kind: Kind; onRemove: () => void }) {
  return (
    <fieldset className={styles.check} aria-label={`Check ${String(valueAt(edit.drill, `${path}.name`) ?? '')}`}>
      <Value {...edit} path={`${path}.name`} label="Name" empty="" />
      {kind === 'sql' ? (
        <Value {...edit} path={`${path}.database`} label="Database" list="drill-databases" empty="" />
      ) : (
        <Value {...edit} path={`${path}.webhook`} label="Webhook" list="drill-webhooks" empty="" />
      )}
      <Value {...edit} path={`${path}.timeoutMs`} label="Waits at most, ms" kind="number" usual="10000" />
      {kind === 'sql' ? (
        <>
          <Value {...edit} path={`${path}.query`} label="Query" wide kind="code" empty="" />
          <Expected {...edit} path={`${path}.expect`} />
        </>
      ) : (
        <Body {...edit} path={`${path}.body`} />
      )}
      <Value {...edit} path={`${path}.onFailure`} label="What to do when it fails" wide />
      <button type="button" className={`button small ${styles.wide} ${styles.start}`} onClick={onRemove}>
        <Icon name="close" /> Take this check out
      </button>
    </fieldset>
  );
}

/** No rows, rows, or one value. */
function Expected({ path, ...edit }: Edit & { path: string }) {
  const value = valueAt(edit.drill, path);
  const equals = value !== null && typeof value === 'object';
  return (
    <>
      <Field label="Passes with" name={path} refusal={equals ? null : edit.refusal}>
        {(control) => (
          <select
            {...control}
            value={equals ? 'equals' : String(value ?? 'no_rows')}
            onChange={(e) => edit.onChange({ [path]: e.target.value === 'equals' ? { equals: 0 } : e.target.value })}
          >
            <option value="no_rows">no rows</option>
            <option value="rows">any row</option>
            <option value="equals">one value</option>
          </select>
        )}
      </Field>
      {equals ? <Value {...edit} path={`${path}.equals`} label="Which is" kind="number" empty={null} /> : null}
    </>
  );
}

/** What is sent, as JSON; put into the text once it is some. */
function Body({ path, ...edit }: Edit & { path: string }) {
  const given = valueAt(edit.drill, path);
  const [typed, setTyped] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  const finish = () => {
    if (typed === null) return;
    try {
      edit.onChange({ [path]: typed.trim() === '' ? undefined : JSON.parse(typed) });
      setTyped(null);
      setWrong(false);
    } catch {
      setWrong(true);
    }
  };
  const refusal = wrong ? { status: 0, message: '', fields: [{ field: path, message: 'is no JSON' }] } : edit.refusal;
  return (
    <Field label="Sends (JSON)" name={path} refusal={refusal} className={styles.wide}>
      {(control) => (
        <textarea
          {...control}
          rows={2}
          value={typed ?? (given === undefined ? '' : JSON.stringify(given))}
          onChange={(e) => setTyped(e.target.value)}
          onBlur={finish}
        />
      )}
    </Field>
  );
}
