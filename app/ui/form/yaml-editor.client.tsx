'use client';
import { type ReactNode, useMemo, useRef } from 'react';
import { isNode, LineCounter, parseDocument } from 'yaml';
import styles from '@/app/ui/rollout/plan-form.module.css';
import type { FieldError } from '@/app/ui/views';
import { type Control, Field } from './form.client';
import type { YamlFault } from './yaml-read';

/** The line of `stages[1].exposure.beta`, or of as much of that path as there is. */
export function lineOf(text: string, field: string): number | null {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const path = pathOf(field);
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return counter.linePos(node.range[0]).line;
  }
  return null;
}

function pathOf(field: string): Array<string | number> {
  const direct = field.match(/[^.[\]]+|\[\d+\]/g) ?? [];
  return direct.map((step) => (/^\[\d+\]$/.test(step) ? Number(step.slice(1, -1)) : step));
}

/** A text area with line numbers; lines with errors are marked, and say what is wrong. */
export function YamlEditor(props: {
  control: Control;
  value: string;
  onChange: (value: string) => void;
  errors: FieldError[];
  /** lines that are in view though there is nothing on them */
  least?: number;
}) {
  const gutter = useRef<HTMLDivElement>(null);
  const lines = props.value.split('\n').length;
  const wrong = useMemo(() => {
    const found = new Map<number, string>();
    for (const { field, message } of props.errors) {
      const line = lineOf(props.value, field);
      if (line !== null) found.set(line, [found.get(line), `${field} ${message}`].filter(Boolean).join('; '));
    }
    return found;
  }, [props.errors, props.value]);
  return (
    <div className={styles.editor}>
      <div className={styles.gutter} ref={gutter} aria-hidden="true">
        {Array.from({ length: lines }, (_, index) => {
          const message = wrong.get(index + 1);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
            <div key={index} data-wrong={message ? true : undefined} title={message}>
              {index + 1}
            </div>
          );
        })}
      </div>
      <textarea
        {...props.control}
        aria-invalid={wrong.size > 0 || undefined}
        value={props.value}
        rows={Math.min(44, Math.max(props.least ?? 18, lines + 1))}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
        onChange={(e) => props.onChange(e.target.value)}
        onScroll={(e) => {
          if (gutter.current) gutter.current.scrollTop = e.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}

/** What is wrong, each with its line. */
export function YamlErrors({ text, errors }: { text: string; errors: FieldError[] }) {
  if (errors.length === 0) return null;
  return (
    <ul className="form-error" role="alert">
      {errors.map((e) => {
        const line = lineOf(text, e.field);
        return (
          <li key={`${e.field} ${e.message}`}>
            <code>{e.field}</code> {e.message}
            {line === null ? '' : ` (line ${line})`}
          </li>
        );
      })}
    </ul>
  );
}

/** A field that holds YAML: the editor, where it stops being YAML, and what is wrong in it. */
export function YamlField(props: {
  label: string;
  name: string;
  hint?: ReactNode;
  value: string;
  onChange: (value: string) => void;
  fault: YamlFault | null;
  /** with paths as they stand in the text: `errorsIn` */
  errors: FieldError[];
  least?: number;
}) {
  const { label, name, hint, value, onChange, fault, errors, least } = props;
  return (
    <>
      <Field label={label} name={name} refusal={null} hint={hint}>
        {(control) => <YamlEditor control={control} value={value} onChange={onChange} errors={errors} least={least} />}
      </Field>
      {fault ? (
        <p className="form-error" role="alert">
          Line {fault.line}: {fault.message}
        </p>
      ) : null}
      <YamlErrors text={value} errors={errors} />
    </>
  );
}

/** What is wrong in the part that one text holds, with paths as they stand in it; `whole` is what the text is called. */
export function errorsIn(fields: FieldError[], part: string, whole = ''): FieldError[] {
  return fields
    .filter(({ field }) => field === part || field.startsWith(`${part}.`) || field.startsWith(`${part}[`))
    .map(({ field, message }) => ({ field: field.slice(part.length).replace(/^\./, '') || whole, message }));
}
