'use client';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { TemplateOptions } from '@/app/ui/form/start-from.client';
import { isoInZone, wallInZone } from '@/app/ui/form/wall-time';
import { visible } from '@/app/ui/text/name';
import type { TemplateView } from '@/lib/template/model';

type Start = { feature: string; environment: string; from: string; to: string; template: string };
type Props = { features: string[]; environments: string[]; templates: TemplateView[]; start: Start; zone: string };

export function OpenForm({ features, environments, templates, start, zone }: Props) {
  const router = useRouter();
  const { busy, refusal, run } = useSend();
  const [feature, setFeature] = useState(start.feature || features[0] || '');
  const [environment, setEnvironment] = useState(start.environment);
  const [from, setFrom] = useState(wallInZone(start.from, zone));
  const [to, setTo] = useState(wallInZone(start.to, zone));
  const [title, setTitle] = useState('');
  const [chosen, setChosen] = useState(templates.some((t) => t.id === start.template) ? start.template : '');
  const template = templates.find((t) => t.id === chosen);
  const open = async () => {
    const sent = await run<{ id: string }>('POST', '/postmortems', {
      feature,
      environment,
      from: isoInZone(from, zone) ?? from,
      to: isoInZone(to, zone) ?? to,
      ...(title.trim() ? { title: title.trim() } : {}),
      ...(template ? { template: template.id } : {}),
    });
    if (sent.ok) router.push(`/postmortems/${sent.body.id}`);
  };
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        void open();
      }}
    >
      <div className="columns">
        <Field label="Feature" name="feature" refusal={refusal}>
          {(control) => (
            <select {...control} value={feature} onChange={(e) => setFeature(e.target.value)} required>
              {features.map((key) => (
                <option key={key}>{key}</option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Environment" name="environment" refusal={refusal}>
          {(control) => (
            <select {...control} value={environment} onChange={(e) => setEnvironment(e.target.value)}>
              {environments.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          )}
        </Field>
        <Field label="From" name="from" refusal={refusal} hint={`in your zone, ${zone}`}>
          {(control) => (
            <input
              {...control}
              type="datetime-local"
              step={1}
              value={from}
              onChange={(e) => setFrom(e.target.value)}
              required
            />
          )}
        </Field>
        <Field label="To" name="to" refusal={refusal} hint="no later than now">
          {(control) => (
            <input
              {...control}
              type="datetime-local"
              step={1}
              value={to}
              onChange={(e) => setTo(e.target.value)}
              required
            />
          )}
        </Field>
      </div>
      <Field label="Title" name="title" refusal={refusal} hint="left empty: Belay names it">
        {(control) => <input {...control} value={title} maxLength={200} onChange={(e) => setTitle(e.target.value)} />}
      </Field>
      <Field
        label="Start from a template"
        name="template"
        refusal={refusal}
        hint={template ? visible(template.description) : 'its words stand where people will write theirs'}
      >
        {(control) => (
          <select {...control} value={chosen} onChange={(e) => setChosen(e.target.value)}>
            <option value="">none</option>
            <TemplateOptions templates={templates} />
          </select>
        )}
      </Field>
      <FormError refusal={refusal} shown={['feature', 'environment', 'from', 'to', 'title', 'template']} />
      <div className="row">
        <button type="submit" className="button primary" disabled={busy || feature === ''}>
          {busy ? 'Opening' : 'Open it'}
        </button>
      </div>
    </form>
  );
}
