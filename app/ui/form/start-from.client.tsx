'use client';
/** What a plan starts from, and sets of criteria to add to it. */
import { useState } from 'react';
import styles from '@/app/ui/rollout/plan-form.module.css';
import { visible } from '@/app/ui/text/name';
import type { TemplateView } from '@/lib/template/model';
import { Field } from './form.client';

export function TemplateOptions({ templates }: { templates: TemplateView[] }) {
  const groups = [
    { label: 'From Belay', of: templates.filter((t) => t.builtin) },
    { label: 'Your own', of: templates.filter((t) => !t.builtin) },
  ];
  return groups
    .filter((group) => group.of.length > 0)
    .map((group) => (
      <optgroup key={group.label} label={group.label}>
        {group.of.map((t) => (
          <option key={t.id} value={t.id}>
            {visible(t.name)}
          </option>
        ))}
      </optgroup>
    ));
}

export function StartFrom(props: {
  templates: TemplateView[];
  /** id of the template that the text is from */
  initial: string | null;
  /** the text to begin with where no template is chosen */
  usual: string;
  text: string;
  textOf: (template: TemplateView) => string;
  onChange: (text: string) => void;
}) {
  const plans = props.templates.filter((t) => t.kind === 'plan');
  const [chosen, setChosen] = useState(props.initial ?? '');
  /** what was put there last: anything else is somebody's work */
  const [put, setPut] = useState(props.usual);
  const template = plans.find((t) => t.id === chosen);
  const choose = (id: string) => {
    if (props.text !== put && !window.confirm('Replace the plan as you have changed it?')) return;
    const next = plans.find((t) => t.id === id);
    const text = next ? props.textOf(next) : props.usual;
    setChosen(id);
    setPut(text);
    props.onChange(text);
  };
  return (
    <Field
      label="Start from"
      name="template"
      refusal={null}
      className={styles.wide}
      hint={template ? visible(template.description) : undefined}
    >
      {(control) => (
        <select {...control} value={chosen} onChange={(e) => choose(e.target.value)}>
          {props.initial === null || !template ? <option value="">The plan beside this</option> : null}
          <TemplateOptions templates={plans} />
        </select>
      )}
    </Field>
  );
}

export function AddCriteria(props: {
  templates: TemplateView[];
  onAdd: (criteria: Array<{ name?: unknown }>) => void;
}) {
  const sets = props.templates.filter((t) => t.kind === 'criteria');
  const [chosen, setChosen] = useState('');
  const set = sets.find((t) => t.id === chosen);
  if (sets.length === 0) return null;
  return (
    <Field
      label="Add a set of criteria"
      name="criteria-set"
      refusal={null}
      className={styles.wide}
      hint={set ? visible(set.description) : undefined}
    >
      {(control) => (
        <div className={styles.pick}>
          <select {...control} value={chosen} onChange={(e) => setChosen(e.target.value)}>
            <option value="">choose</option>
            <TemplateOptions templates={sets} />
          </select>
          <button
            type="button"
            className="button small"
            disabled={!set}
            onClick={() => set && Array.isArray(set.body) && props.onAdd(set.body)}
          >
            Add the set
          </button>
        </div>
      )}
    </Field>
  );
}
