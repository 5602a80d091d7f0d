'use client';
/**
 * Settings of post-mortems. The template of reports that Belay opens by itself is one for all, another or none where an
 * environment says so.
 */
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import styles from '@/app/ui/settings/settings.module.css';
import { visible } from '@/app/ui/text/name';
import type { DaysView, TrackerSetting } from '@/lib/postmortem/action-model';
import type { OpeningTemplate } from '@/lib/postmortem/input-model';

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
      <Save allowed={allowed} busy={busy} done={done} />
    </form>
  );
}

/** When the days of actions begin and end: one zone for everybody, as a due day means the same to all. */
export function DaysForm({ days, allowed }: { days: DaysView; allowed: boolean }) {
  const [timeZone, setTimeZone] = useState(days.timeZone);
  const [done, setDone] = useState(false);
  const { busy, refusal, run } = useSend();
  return (
    <form
      className="stack tight"
      onSubmit={async (e) => {
        e.preventDefault();
        setDone((await run('PUT', '/settings/action-days', { timeZone: timeZone.trim() })).ok);
      }}
    >
      <Field
        label="Time zone of due days"
        name="timeZone"
        refusal={refusal}
        hint={`the same for everybody; owners are reminded and actions are overdue by its days${days.today ? `, there it is ${days.today}` : ''}`}
      >
        {(control) => (
          <input
            {...control}
            value={timeZone}
            readOnly={!allowed}
            maxLength={100}
            required
            onChange={(e) => {
              setDone(false);
              setTimeZone(e.target.value);
            }}
          />
        )}
      </Field>
      <FormError refusal={refusal} shown={['timeZone']} />
      <Save allowed={allowed} busy={busy} done={done} />
    </form>
  );
}

export function TrackerForm({ tracker, webhooks }: { tracker: TrackerSetting; webhooks: Template[] }) {
  const [values, setValues] = useState(tracker);
  const [done, setDone] = useState(false);
  const { busy, refusal, run } = useSend();
  const set = (after: TrackerSetting) => {
    setDone(false);
    setValues(after);
  };
  return (
    <form
      className="stack tight"
      onSubmit={async (e) => {
        e.preventDefault();
        setDone((await run('PUT', '/settings/tracker', values)).ok);
      }}
    >
      <Field
        label="Tracker that is told of action items"
        name="webhook"
        refusal={refusal}
        hint="a registered webhook; it is told of every change from now on"
      >
        {(control) => (
          <select
            {...control}
            value={values.webhook ?? ''}
            onChange={(e) => set({ ...values, webhook: e.target.value || null })}
          >
            <option value="">none</option>
            {webhooks.map(({ id, name }) => (
              <option key={id} value={id}>
                {visible(name)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <label>
        <input
          type="checkbox"
          checked={values.restricted}
          onChange={(e) => set({ ...values, restricted: e.target.checked })}
        />{' '}
        also of reports that not everybody may see
      </label>
      <FormError refusal={refusal} shown={['webhook']} />
      <Save allowed busy={busy} done={done} />
    </form>
  );
}

function Save({ allowed, busy, done }: { allowed: boolean; busy: boolean; done: boolean }) {
  if (!allowed) return null;
  return (
    <div className="row end">
      <span role="status" className="small quiet">
        {done ? 'Saved' : ''}
      </span>
      <button type="submit" className="button" disabled={busy}>
        Save
      </button>
    </div>
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
