'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { Save } from '@/app/ui/form/save.client';
import type { Mapping, Retention } from '@/lib/signal/model';
import styles from './settings.module.css';

export function MappingForm({ mapping, allowed }: { mapping: Mapping; allowed: boolean }) {
  const [text, setText] = useState(JSON.stringify(mapping, null, 2));
  const [wrong, setWrong] = useState<string | null>(null);
  const [done, setDone] = useState(false);
  const { busy, refusal, run } = useSend();
  const submit = async () => {
    setDone(false);
    try {
      const body: unknown = JSON.parse(text);
      setWrong(null);
      setDone((await run('PUT', '/settings/mapping', body)).ok);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : 'is not JSON');
    }
  };
  return (
    <form
      className="stack tight"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <Field
        label="Rules (JSON)"
        name="mapping"
        refusal={wrong ? { status: 0, message: wrong, fields: [{ field: 'mapping', message: wrong }] } : null}
        hint="Every rule that finds both a feature and a version gives one segment of the point. Changes hold for new points."
      >
        {(c) => (
          <textarea
            {...c}
            rows={14}
            value={text}
            readOnly={!allowed}
            spellCheck={false}
            onChange={(e) => setText(e.target.value)}
          />
        )}
      </Field>
      <FormError refusal={refusal} />
      {allowed ? <Save busy={busy} done={done} label="Save the mapping" /> : null}
    </form>
  );
}

const labels: Record<keyof Retention, { label: string; hint: string }> = {
  ledgerHours: { label: 'Ledger', hint: 'what arrived, as it arrived' },
  receiptHours: { label: 'Receipts', hint: 'so that a retry counts once' },
  rollup10sHours: { label: '10 s buckets', hint: 'charts of hours' },
  rollup60sHours: { label: '1 min buckets', hint: 'charts of days' },
  rollup3600sHours: { label: '1 h buckets', hint: 'charts of months' },
};

export function RetentionForm({ retention, allowed }: { retention: Retention; allowed: boolean }) {
  const [values, setValues] = useState(retention);
  const [done, setDone] = useState(false);
  const { busy, refusal, run } = useSend();
  const names = Object.keys(labels) as Array<keyof Retention>;
  return (
    <form
      className="stack tight"
      onSubmit={async (e) => {
        e.preventDefault();
        setDone((await run('PUT', '/settings/retention', values)).ok);
      }}
    >
      <div className={styles.numbers}>
        {names.map((name) => (
          <Field
            key={name}
            label={`${labels[name].label} (hours)`}
            name={name}
            refusal={refusal}
            hint={labels[name].hint}
          >
            {(c) => (
              <input
                {...c}
                type="number"
                min={1}
                readOnly={!allowed}
                value={values[name]}
                onChange={(e) => setValues({ ...values, [name]: Number(e.target.value) })}
              />
            )}
          </Field>
        ))}
      </div>
      <FormError refusal={refusal} shown={names} />
      {allowed ? <Save busy={busy} done={done} /> : null}
    </form>
  );
}
