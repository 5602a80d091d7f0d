'use client';
/** What a drill starts from. */
import { useState } from 'react';
import { Field } from '@/app/ui/form/form.client';
import { TemplateOptions } from '@/app/ui/form/start-from.client';
import { yamlOf } from '@/app/ui/rollout/plan-text';
import { visible } from '@/app/ui/text/name';
import type { TemplateView } from '@/lib/template/model';
import styles from './form.module.css';

/** What belongs to one feature stays, and the zone of whoever writes. */
export function textFrom(template: TemplateView, before: Record<string, unknown>): string {
  const body = template.body !== null && typeof template.body === 'object' ? template.body : {};
  const { name: _, schedule, ...rest } = body as Record<string, unknown>;
  const { feature = '', environment = '', owner = '' } = before;
  const zone = (before.schedule as { timeZone?: unknown } | null | undefined)?.timeZone;
  const own =
    schedule && typeof schedule === 'object' ? { schedule: { ...(zone ? { timeZone: zone } : {}), ...schedule } } : {};
  return yamlOf({ name: template.name, feature, environment, owner, ...rest, ...own });
}

export function StartDrillFrom(props: {
  templates: TemplateView[];
  initial: string | null;
  changed: boolean;
  onChoose: (template: TemplateView) => void;
}) {
  const [chosen, setChosen] = useState(props.initial ?? '');
  const template = props.templates.find((t) => t.id === chosen);
  return (
    <Field
      label="Start from"
      name="template"
      refusal={null}
      className={styles.wide}
      hint={template && visible(template.description)}
    >
      {(control) => (
        <select
          {...control}
          value={chosen}
          onChange={(e) => {
            const next = props.templates.find((t) => t.id === e.target.value);
            if (!next || (props.changed && !window.confirm('Replace the drill as you have changed it?'))) return;
            setChosen(next.id);
            props.onChoose(next);
          }}
        >
          {template ? null : <option value="">the drill below</option>}
          <TemplateOptions templates={props.templates} />
        </select>
      )}
    </Field>
  );
}
