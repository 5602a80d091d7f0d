'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { Save } from '@/app/ui/form/save.client';
import styles from '@/app/ui/settings/settings.module.css';
import type { RollbackCap } from '@/lib/rollout/model';

/** How often Belay rolls back by itself before it asks. */
export function CapForm({ cap, allowed }: { cap: RollbackCap; allowed: boolean }) {
  const [values, setValues] = useState(cap);
  const [done, setDone] = useState(false);
  const { busy, refusal, run } = useSend();
  const number = (name: keyof RollbackCap, label: string, hint: string, min: number) => (
    <Field label={label} name={name} refusal={refusal} hint={hint}>
      {(c) => (
        <input
          {...c}
          type="number"
          min={min}
          readOnly={!allowed}
          value={values[name]}
          onChange={(e) => {
            setDone(false);
            setValues({ ...values, [name]: Number(e.target.value) });
          }}
        />
      )}
    </Field>
  );
  return (
    <form
      className="stack tight"
      onSubmit={async (e) => {
        e.preventDefault();
        setDone((await run('PUT', '/settings/rollback-cap', values)).ok);
      }}
    >
      <p>
        Where many guardrails fail at once, something else is often the reason: the network, a shared database, the
        telemetry. Past this many rollbacks in an environment Belay holds what fails and asks. People can always roll
        back.
      </p>
      <div className={styles.numbers}>
        {number('max', 'Rollbacks by itself', '0: Belay always asks', 0)}
        {number('windowMinutes', 'Within (minutes)', 'counted back from now', 1)}
      </div>
      <FormError refusal={refusal} shown={['max', 'windowMinutes']} />
      {allowed ? <Save busy={busy} done={done} /> : null}
    </form>
  );
}

/** Where people reach this console: what the links in notices begin with. */
export function ConsoleForm({ url, allowed }: { url: string | null; allowed: boolean }) {
  const [value, setValue] = useState(url ?? '');
  const [done, setDone] = useState(false);
  const { busy, refusal, run } = useSend();
  return (
    <form
      className={styles.form}
      onSubmit={async (e) => {
        e.preventDefault();
        setDone((await run('PUT', '/settings/console', { url: value.trim() || null })).ok);
      }}
    >
      <Field
        label="Address of this console"
        name="url"
        refusal={refusal}
        hint="for the links in notices; empty: they have none"
        className="grow"
      >
        {(c) => (
          <input
            {...c}
            type="url"
            readOnly={!allowed}
            value={value}
            placeholder="https://belay.example.com"
            onChange={(e) => {
              setDone(false);
              setValue(e.target.value);
            }}
          />
        )}
      </Field>
      <FormError refusal={refusal} shown={['url']} />
      {allowed ? <Save busy={busy} done={done} /> : null}
    </form>
  );
}
