'use client';
/** One thing that a drill says, as a field that edits its text; and the parts that fields are in. */
import { type ReactNode, useEffect, useState } from 'react';
import { type Control, Field } from '@/app/ui/form/form.client';
import type { Refusal } from '@/app/ui/form/send';
import styles from './form.module.css';
import { valueAt } from './text';

export type Edit = {
  drill: Record<string, unknown>;
  refusal: Refusal | null;
  onChange: (changes: Record<string, unknown>) => void;
};

/** One value of the text. Empty: it is taken out of it, or `empty` stands there. */
export function Value(
  props: Edit & {
    path: string;
    label: string;
    hint?: ReactNode;
    wide?: boolean;
    kind?: 'text' | 'number' | 'long' | 'code';
    /** what counts while nothing is given */
    usual?: string;
    list?: string;
    empty?: unknown;
    disabled?: boolean;
  },
) {
  const { drill, refusal, path, kind = 'text', empty } = props;
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
        kind === 'long' || kind === 'code' ? (
          <textarea
            {...control}
            className={kind === 'long' ? styles.prose : undefined}
            rows={3}
            value={value}
            spellCheck={kind === 'long'}
            onChange={(e) => put(e.target.value)}
          />
        ) : (
          <input
            {...control}
            value={value}
            list={props.list}
            placeholder={props.usual}
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
export function Choice(
  props: Edit & {
    path: string;
    label: string;
    /** what counts while nothing is given; empty: it is taken out of the text */
    usual: string;
    options: Record<string, string>;
    hint?: ReactNode;
    wide?: boolean;
  },
) {
  const value = String(valueAt(props.drill, props.path) ?? props.usual);
  const put = (chosen: string) => props.onChange({ [props.path]: chosen === '' ? undefined : chosen });
  return (
    <Pick
      label={props.label}
      name={props.path}
      refusal={props.refusal}
      hint={props.hint}
      className={props.wide ? styles.wide : undefined}
      value={value}
      options={props.options}
      onPick={put}
    />
  );
}

/** A value that is none of the options stands among them: it is what the text says. */
export function Pick(
  props: Omit<Parameters<typeof Field>[0], 'children'> & {
    value: string;
    options: Record<string, string>;
    onPick: (value: string) => void;
  },
) {
  const { value, options, onPick, ...field } = props;
  return (
    <Field {...field}>
      {(control) => (
        <select {...control} value={value} onChange={(e) => onPick(e.target.value)}>
          {value in options ? null : <option value={value}>{value}</option>}
          {Object.entries(options).map(([option, label]) => (
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
    hint: ReactNode;
    textOf: (value: unknown) => string;
    read: (text: string) => unknown;
    rows?: number;
  },
) {
  const given = props.textOf(valueAt(props.drill, props.path));
  const [typed, setTyped] = useState<string | null>(null);
  const finish = () => {
    if (typed !== null && typed !== given) {
      const read = props.read(typed);
      props.onChange({ [props.path]: Array.isArray(read) && read.length === 0 ? undefined : read });
    }
    setTyped(null);
  };
  const own = (control: Control) => ({
    ...control,
    value: typed ?? given,
    onChange: (e: { target: { value: string } }) => setTyped(e.target.value),
    onBlur: finish,
  });
  return (
    <Field
      label={props.label}
      name={props.path}
      refusal={byLine(props.refusal, props.path)}
      hint={props.hint}
      className={styles.wide}
    >
      {(control) => (props.rows ? <textarea {...own(control)} rows={props.rows} /> : <input {...own(control)} />)}
    </Field>
  );
}

/** `schedule.allowed[0].from` is in the first line, or the first of several in one. */
function byLine(refusal: Refusal | null, path: string): Refusal | null {
  if (!refusal) return null;
  const fields = refusal.fields.map((f) => {
    const [, index, rest = ''] = f.field.startsWith(`${path}[`)
      ? (/^\[(\d+)\]\.?(.*)$/.exec(f.field.slice(path.length)) ?? [])
      : [];
    return index === undefined
      ? f
      : { field: path, message: [`${Number(index) + 1}.`, rest, f.message].filter(Boolean).join(' ') };
  });
  return { ...refusal, fields };
}

const isOf = (name: string) => (field: string) =>
  field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`);

/** A part of the form that stands open. What is wrong with it as a whole is said below its name. */
export function Section(props: {
  title: string;
  says?: ReactNode;
  /** its key in the text */
  name?: string;
  refusal: Refusal | null;
  children: ReactNode;
}) {
  return (
    <fieldset className={styles.section}>
      <legend>{props.title}</legend>
      {props.says ? <p className={styles.says}>{props.says}</p> : null}
      {props.name ? <Whole name={props.name} refusal={props.refusal} /> : null}
      {props.children}
    </fieldset>
  );
}

/** What is wrong with it and not with one field of it. */
export function Whole({ name, refusal }: { name: string; refusal: Refusal | null }) {
  const exact = (refusal?.fields ?? []).filter((f) => f.field === name);
  if (exact.length === 0) return null;
  return (
    <p className={`form-error ${styles.wide}`} data-wrong>
      {exact.map((f) => f.message).join('; ')}
    </p>
  );
}

/** A part that most people leave alone; it says what is set in it, and opens for what is wrong in it. */
export function Fold(props: {
  title: string;
  /** what is set, in few words */
  set: string;
  names: string[];
  refusal: Refusal | null;
  children: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const wrong = (props.refusal?.fields ?? []).filter((f) => props.names.some((name) => isOf(name)(f.field))).length;
  useEffect(() => {
    if (wrong > 0) setOpen(true);
  }, [wrong]);
  return (
    <details className={styles.fold} open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>
        <span className={styles.foldTitle}>{props.title}</span>{' '}
        <span className={wrong > 0 ? styles.foldWrong : 'quiet'}>{wrong > 0 ? `${wrong} to mend` : props.set}</span>
      </summary>
      <div className={styles.inside}>{props.children}</div>
    </details>
  );
}
