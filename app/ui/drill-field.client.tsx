'use client';
/** One thing that a drill says, as a field that edits its text. */
import { useState } from 'react';
import styles from './drill-page.module.css';
import { valueAt } from './drill-text';
import { type Control, Field } from './form.client';
import type { Refusal } from './send';

export type Edit = {
  drill: Record<string, unknown>;
  refusal: Refusal | null;
  onChange: (changes: Record<string, unknown>) => void;
};

/** One value of the text. Empty: it is not given. */
export function Value(
  props: Edit & {
    path: string;
    label: string;
    hint?: string;
    wide?: boolean;
    kind?: 'text' | 'number' | 'long';
    list?: string;
    empty?: unknown;
    disabled?: boolean;
  },
) {
  const { drill, refusal, path, kind = 'text', empty = null } = props;
  const value = String(valueAt(drill, path) ?? '');
  const put = (text: string) => {
    // Half a number, as `0.` is, stays the text that it is until it is whole.
    const number = kind === 'number' && String(Number(text)) === text;
    props.onChange({ [path]: text === '' ? empty : number ? Number(text) : text });
  };
  return (
    <Field
      label={props.label}
      name={path}
      refusal={refusal}
      hint={props.hint}
      className={props.wide ? styles.wide : undefined}
    >
      {(control) =>
        kind === 'long' ? (
          <textarea {...control} rows={3} value={value} onChange={(e) => put(e.target.value)} />
        ) : (
          <input
            {...control}
            value={value}
            list={props.list}
            disabled={props.disabled}
            inputMode={kind === 'number' ? 'decimal' : undefined}
            onChange={(e) => put(e.target.value)}
          />
        )
      }
    </Field>
  );
}

/** One of a few. */
export function Choice(props: Edit & { path: string; label: string; usual: string; options: Record<string, string> }) {
  const value = String(valueAt(props.drill, props.path) ?? props.usual);
  return (
    <Field label={props.label} name={props.path} refusal={props.refusal}>
      {(control) => (
        <select {...control} value={value} onChange={(e) => props.onChange({ [props.path]: e.target.value })}>
          {Object.entries(props.options).map(([option, label]) => (
            <option key={option} value={option}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** Several, in one text; read when one has finished writing them. */
export function Several(
  props: Edit & {
    path: string;
    label: string;
    hint: string;
    textOf: (value: unknown) => string;
    read: (text: string) => unknown;
    rows?: number;
  },
) {
  const given = props.textOf(valueAt(props.drill, props.path));
  const [typed, setTyped] = useState<string | null>(null);
  const finish = () => {
    if (typed !== null && typed !== given) props.onChange({ [props.path]: props.read(typed) });
    setTyped(null);
  };
  const own = (control: Control) => ({
    ...control,
    value: typed ?? given,
    onChange: (e: { target: { value: string } }) => setTyped(e.target.value),
    onBlur: finish,
  });
  return (
    <Field label={props.label} name={props.path} refusal={props.refusal} hint={props.hint} className={styles.wide}>
      {(control) => (props.rows ? <textarea {...own(control)} rows={props.rows} /> : <input {...own(control)} />)}
    </Field>
  );
}

export const commas = {
  textOf: (value: unknown) => (Array.isArray(value) ? value.join(', ') : ''),
  read: (text: string) => text.split(/[\s,]+/).filter((part) => part !== ''),
};
