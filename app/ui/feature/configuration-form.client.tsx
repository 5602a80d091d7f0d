'use client';
/** The configuration of every version as YAML (JSON is YAML too); saving makes a revision, and none is ever changed. */
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { errorsIn, YamlField } from '@/app/ui/form/yaml-editor.client';
import { read, type YamlFault } from '@/app/ui/form/yaml-read';
import { yamlOf } from '@/app/ui/rollout/plan-text';
import { short } from '@/app/ui/text/name';
import styles from './configuration.module.css';

type Values = Record<string, Record<string, unknown>>;

const textOf = (values: Record<string, unknown> | undefined) =>
  values === undefined || Object.keys(values).length === 0 ? '' : yamlOf(values);

export function ConfigurationForm(props: {
  feature: string;
  environment: string;
  versions: string[];
  /** the newest revision; 0: there is none */
  revision: number;
  values: Values;
}) {
  const { busy, refusal, run } = useSend();
  const [texts, setTexts] = useState(() => Object.fromEntries(props.versions.map((v) => [v, textOf(props.values[v])])));
  const [faults, setFaults] = useState<Record<string, YamlFault>>({});
  const [reason, setReason] = useState('');
  const submit = async () => {
    const parsed = props.versions.map((version) => [version, read(texts[version] ?? '')] as const);
    const wrong = parsed.flatMap(([version, one]) => (one.ok ? [] : [[version, one.fault] as const]));
    setFaults(Object.fromEntries(wrong));
    if (wrong.length > 0) return;
    const values = Object.fromEntries(parsed.map(([version, one]) => [version, one.ok ? (one.value ?? {}) : {}]));
    const body = { environment: props.environment, values, reason, basedOn: props.revision };
    await run('PUT', `/features/${encodeURIComponent(props.feature)}/configuration`, body);
  };
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <div className={styles.editors}>
        {props.versions.map((version) => (
          <div key={version} className="stack tight">
            <YamlField
              label={short(version)}
              name={`values.${version}`}
              value={texts[version] ?? ''}
              onChange={(text) => setTexts({ ...texts, [version]: text })}
              fault={faults[version] ?? null}
              errors={errorsIn(refusal?.fields ?? [], `values.${version}`, version)}
              least={7}
            />
          </div>
        ))}
      </div>
      <Field label="Why this change" name="reason" refusal={refusal} hint="kept in the history with your name">
        {(c) => <input {...c} value={reason} onChange={(e) => setReason(e.target.value)} required maxLength={500} />}
      </Field>
      <FormError refusal={refusal} shown={['reason', 'values']} />
      <div className="row end">
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? 'Saving…' : `Save as revision ${props.revision + 1}`}
        </button>
      </div>
    </form>
  );
}
