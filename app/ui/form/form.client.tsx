'use client';
import { useRouter } from 'next/navigation';
import { type ReactNode, useCallback, useId, useState } from 'react';
import { type Refusal, type Sent, send } from './send';

/** One change at a time: busy while it is under way, then either done or refused field by field. */
export function useSend() {
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const run = useCallback(
    async <T,>(...order: Parameters<typeof send>): Promise<Sent<T>> => {
      setBusy(true);
      setRefusal(null);
      const sent = await send<T>(...order);
      setBusy(false);
      if (sent.ok) router.refresh();
      else setRefusal(sent.refusal);
      return sent;
    },
    [router],
  );
  return { busy, refusal, run, clear: () => setRefusal(null) };
}

export function messagesFor(refusal: Refusal | null, name: string): string[] {
  return (refusal?.fields ?? [])
    .filter((f) => f.field === name || f.field.startsWith(`${name}.`) || f.field.startsWith(`${name}[`))
    .map((f) => (f.field === name ? f.message : `${f.field.slice(name.length).replace(/^\./, '')} ${f.message}`));
}

export type Control = { id: string; name: string; 'aria-invalid'?: true; 'aria-describedby'?: string };

/** A label, a control, a hint, and what is wrong with it. */
export function Field(props: {
  label: string;
  name: string;
  hint?: ReactNode;
  refusal: Refusal | null;
  className?: string;
  children: (control: Control) => ReactNode;
}) {
  const id = useId();
  const errors = messagesFor(props.refusal, props.name);
  const described = [props.hint ? `${id}-hint` : '', errors.length > 0 ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className={`field ${props.className ?? ''}`}>
      <label htmlFor={id}>{props.label}</label>
      {props.children({
        id,
        name: props.name,
        ...(errors.length > 0 ? { 'aria-invalid': true as const } : {}),
        ...(described ? { 'aria-describedby': described } : {}),
      })}
      {props.hint ? (
        <div className="hint" id={`${id}-hint`}>
          {props.hint}
        </div>
      ) : null}
      {errors.length > 0 ? (
        <div className="error" id={`${id}-error`}>
          {errors.join('; ')}
        </div>
      ) : null}
    </div>
  );
}

/** What no field of this form shows. */
export function FormError({ refusal, shown = [] }: { refusal: Refusal | null; shown?: string[] }) {
  if (!refusal) return null;
  const rest = refusal.fields.filter(
    (f) => !shown.some((name) => f.field === name || f.field.startsWith(`${name}.`) || f.field.startsWith(`${name}[`)),
  );
  if (refusal.fields.length > 0 && rest.length === 0)
    return (
      <p className="form-error" role="alert">
        Nothing was changed: see the marked {refusal.fields.length === 1 ? 'field' : 'fields'}.
      </p>
    );
  return (
    <div className="form-error" role="alert">
      {rest.length === 0 ? refusal.message : null}
      {rest.map((f) => (
        <div key={`${f.field} ${f.message}`}>
          <code>{f.field}</code> {f.message}
        </div>
      ))}
    </div>
  );
}
