'use client';
/** The runbook of a feature as YAML, beside what is wrong with it. Saving makes a version; none is ever changed. */
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { FillIn } from '@/app/ui/form/fill-in.client';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { TemplateOptions } from '@/app/ui/form/start-from.client';
import { errorsIn, YamlField } from '@/app/ui/form/yaml-editor.client';
import { read, type YamlFault } from '@/app/ui/form/yaml-read';
import { yamlOf } from '@/app/ui/rollout/plan-text';
import { visible } from '@/app/ui/text/name';
import type { RunbookView } from '@/lib/runbook/model';
import { placeholdersIn, type TemplateView } from '@/lib/template/model';
import styles from './runbook.module.css';

export type FeatureChoice = { key: string; version: number };

export function RunbookForm(props: {
  /** one: it is this feature’s */
  features: FeatureChoice[];
  feature: string;
  name: string;
  /** steps as YAML */
  initial: string;
  templates: TemplateView[];
  /** where the feature is chosen first */
  cancel: string | null;
}) {
  const router = useRouter();
  const { busy, refusal, run } = useSend();
  const [feature, setFeature] = useState(props.feature);
  const [name, setName] = useState(props.name);
  const [reason, setReason] = useState('');
  const [text, setText] = useState(props.initial);
  const [fault, setFault] = useState<YamlFault | null>(null);
  const version = props.features.find((f) => f.key === feature)?.version ?? 0;
  const unfilled = fault ? [] : placeholdersIn(text);
  const submit = async () => {
    const steps = read(text);
    setFault(steps.ok ? null : steps.fault);
    if (!steps.ok || unfilled.length > 0) return;
    const body = { name, steps: steps.value, reason, basedOn: version };
    const sent = await run<RunbookView>('PUT', `/features/${encodeURIComponent(feature)}/runbook`, body);
    if (!sent.ok) return;
    setReason('');
    router.push(`/runbooks/${sent.body.id}`);
  };
  const inSteps = errorsIn(refusal?.fields ?? [], 'steps');
  return (
    <form
      className={styles.form}
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <div className={styles.fields}>
        {props.features.length > 1 ? (
          <Field label="Feature" name="feature" refusal={refusal}>
            {(control) => (
              <select {...control} value={feature} onChange={(e) => setFeature(e.target.value)}>
                {props.features.map((f) => (
                  <option key={f.key} value={f.key}>
                    {visible(f.key)}
                    {f.version > 0 ? ` (has version ${f.version})` : ''}
                  </option>
                ))}
              </select>
            )}
          </Field>
        ) : null}
        <StepsFrom templates={props.templates} onChange={setText} />
        <Field label="Name" name="name" refusal={refusal}>
          {(control) => <input {...control} value={name} onChange={(e) => setName(e.target.value)} />}
        </Field>
        <Field label="Why this change" name="reason" refusal={refusal} hint="stands in the history with your name">
          {(control) => <input {...control} value={reason} onChange={(e) => setReason(e.target.value)} />}
        </Field>
      </div>
      <FillIn text={text} onChange={setText} />
      <YamlField
        label="Steps (YAML)"
        name="steps"
        hint="restore comes first; every step that proves something is there once; call, check and person go wherever you want them after it."
        value={text}
        onChange={setText}
        fault={fault}
        errors={inSteps}
      />
      {unfilled.length > 0 ? (
        <p className="small quiet">Before it can be saved, fill in {unfilled.join(', ')}.</p>
      ) : null}
      {refusal && inSteps.length === 0 ? <FormError refusal={refusal} shown={['name', 'reason']} /> : null}
      <div className="row end">
        {props.cancel ? (
          <Link className="button" href={props.cancel}>
            Cancel
          </Link>
        ) : null}
        <button type="submit" className="button primary" disabled={busy || unfilled.length > 0}>
          {busy ? 'Checking…' : `Save as version ${version + 1}`}
        </button>
      </div>
    </form>
  );
}

function StepsFrom(props: { templates: TemplateView[]; onChange: (text: string) => void }) {
  const [chosen, setChosen] = useState('');
  const template = props.templates.find((t) => t.id === chosen);
  return (
    <Field label="Take the steps of" name="template" refusal={null} hint={template && visible(template.description)}>
      {(control) => (
        <select
          {...control}
          value={chosen}
          onChange={(e) => {
            const next = props.templates.find((t) => t.id === e.target.value);
            setChosen(e.target.value);
            if (next) props.onChange(yamlOf(next.body));
          }}
        >
          <option value="">the text below</option>
          <TemplateOptions templates={props.templates} />
        </select>
      )}
    </Field>
  );
}
