'use client';
/** The template of reports that Belay opens by itself: one for all, another or none where an environment says so. */
import { useState } from 'react';
import type { OpeningTemplate } from '@/lib/postmortem/model';
import { Field, FormError, useSend } from './form.client';
import { visible } from './name';
import styles from './settings.module.css';

type Template = { id: string; name: string };
type Props = { setting: OpeningTemplate; templates: Template[]; environments: string[]; allowed: boolean };

/** Not an id: ids have no space. */
const asEverywhere = 'as everywhere';

export function OpeningTemplateForm({ setting, templates, environments, allowed }: Props) {
  const [values, setValues] = useState(setting);
  const [done, setDone] = useState(false);
  const { busy, refusal, run } = useSend();
  const set = (after: OpeningTemplate) => {
    setDone(false);
    setValues(after);
  };
  const choose = (environment: string, value: string) => {
    const { [environment]: _, ...rest } = values.environments;
    set({ ...values, environments: value === asEverywhere ? rest : { ...rest, [environment]: value || null } });
  };
  const named = [...new Set([...environments, ...Object.keys(setting.environments)])].sort();
  return (
    <form
      className="stack tight"
      onSubmit={async (e) => {
        e.preventDefault();
        setDone((await run('PUT', '/settings/postmortem-template', values)).ok);
      }}
    >
      <p>
        Its words stand in a new report where people will write theirs. A report that is open already is started from a
        template on its own page.
      </p>
      <div className={styles.numbers}>
        <Field label="Template" name="template" refusal={refusal}>
          {(control) => (
            <Choice
              control={control}
              templates={templates}
              value={values.template ?? ''}
              allowed={allowed}
              onChange={(value) => set({ ...values, template: value || null })}
            />
          )}
        </Field>
        {named.map((environment) => (
          <Field
            key={environment}
            label={`In ${visible(environment)}`}
            name={`environments.${environment}`}
            refusal={refusal}
          >
            {(control) => (
              <Choice
                control={control}
                templates={templates}
                usual={asEverywhere}
                value={
                  Object.hasOwn(values.environments, environment)
                    ? (values.environments[environment] ?? '')
                    : asEverywhere
                }
                allowed={allowed}
                onChange={(value) => choose(environment, value)}
              />
            )}
          </Field>
        ))}
      </div>
      <FormError refusal={refusal} shown={['template', ...named.map((name) => `environments.${name}`)]} />
      {allowed ? (
        <div className="row end">
          <span role="status" className="small quiet">
            {done ? 'Saved' : ''}
          </span>
          <button type="submit" className="button" disabled={busy}>
            Save
          </button>
        </div>
      ) : null}
    </form>
  );
}

function Choice(props: {
  control: Record<string, unknown>;
  templates: Template[];
  usual?: string;
  value: string;
  allowed: boolean;
  onChange: (value: string) => void;
}) {
  const { control, templates, usual, value, allowed, onChange } = props;
  const gone = value !== '' && value !== usual && !templates.some(({ id }) => id === value);
  return (
    <select {...control} disabled={!allowed} value={value} onChange={(e) => onChange(e.target.value)}>
      {usual ? <option value={usual}>{usual}</option> : null}
      <option value="">none</option>
      {templates.map(({ id, name }) => (
        <option key={id} value={id}>
          {visible(name)}
        </option>
      ))}
      {gone ? <option value={value}>one that is not there any more</option> : null}
    </select>
  );
}
