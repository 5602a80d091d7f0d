'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import type { Cohort } from '@/lib/feature/model';

/** The common case in three fields; anything else as JSON rules. */
export function CohortForm({ cohort }: { cohort: Pick<Cohort, 'key' | 'rules' | 'description'> | null }) {
  const [key, setKey] = useState(cohort?.key ?? '');
  const [description, setDescription] = useState(cohort?.description ?? '');
  const simple = simpleOf(cohort);
  const [attribute, setAttribute] = useState(simple?.attribute ?? 'plan');
  const [values, setValues] = useState(simple?.values ?? '');
  const [json, setJson] = useState(cohort && !simple ? JSON.stringify(cohort.rules, null, 2) : '');
  const [done, setDone] = useState('');
  const { busy, refusal, run } = useSend();
  const submit = async () => {
    const rules = json.trim() === '' ? [{ attribute, in: listOf(values) }] : jsonOf(json);
    const sent = await run('PUT', `/cohorts/${encodeURIComponent(key)}`, { key, description, rules });
    setDone(sent.ok ? `Saved ${key}` : '');
    if (sent.ok && !cohort) {
      setKey('');
      setValues('');
      setDescription('');
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
      <div className="columns">
        {cohort ? null : (
          <Field label="Cohort key" name="key" refusal={refusal}>
            {(c) => <input {...c} value={key} onChange={(e) => setKey(e.target.value)} required placeholder="beta" />}
          </Field>
        )}
        <Field label="Attribute" name="rules[0].attribute" refusal={refusal} hint="of the evaluation context">
          {(c) => (
            <input {...c} value={attribute} onChange={(e) => setAttribute(e.target.value)} disabled={json !== ''} />
          )}
        </Field>
        <Field label="Is one of" name="rules[0].in" refusal={refusal} hint="separated by commas">
          {(c) => (
            <input
              {...c}
              value={values}
              onChange={(e) => setValues(e.target.value)}
              disabled={json !== ''}
              placeholder="beta"
            />
          )}
        </Field>
        <Field label="Description" name="description" refusal={refusal}>
          {(c) => <input {...c} value={description} onChange={(e) => setDescription(e.target.value)} />}
        </Field>
      </div>
      <details open={json !== ''}>
        <summary className="small">Rules as JSON (any of them matches)</summary>
        <Field label="Rules" name="rules" refusal={refusal}>
          {(c) => (
            <textarea
              {...c}
              rows={4}
              value={json}
              onChange={(e) => setJson(e.target.value)}
              placeholder='[{ "attribute": "email", "endsWith": "@example.com" }]'
            />
          )}
        </Field>
      </details>
      <FormError refusal={refusal} shown={['key', 'rules', 'description']} />
      <div className="row end">
        <span role="status" className="small quiet">
          {done}
        </span>
        <button type="submit" className="button primary" disabled={busy}>
          {cohort ? 'Save the cohort' : 'Create the cohort'}
        </button>
      </div>
    </form>
  );
}

function simpleOf(cohort: Pick<Cohort, 'rules'> | null): { attribute: string; values: string } | null {
  if (!cohort || cohort.rules === '*' || cohort.rules.length !== 1) return null;
  const [rule] = cohort.rules;
  if (!rule?.in || Object.keys(rule).length !== 2) return null;
  return { attribute: rule.attribute, values: rule.in.join(', ') };
}

/** `true` and numbers are what they look like; anything else is text. */
function listOf(text: string): Array<string | number | boolean> {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) =>
      part === 'true' ? true : part === 'false' ? false : /^-?\d+(\.\d+)?$/.test(part) ? Number(part) : part,
    );
}

/** What is no JSON is sent as it is: the answer names the field. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
