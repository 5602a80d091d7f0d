'use client';
/** The words of a template that only its user knows, one field each; put in, they are gone from the text. */
import { useId, useMemo, useState } from 'react';
import styles from '@/app/ui/rollout/plan-form.module.css';
import { filled } from '@/app/ui/rollout/plan-text';
import { placeholders, placeholdersIn } from '@/lib/template/model';

export function FillIn(props: {
  text: string;
  cohorts?: string[];
  metrics?: string[];
  /** what somebody tried to send without */
  unfilled?: string[];
  onChange: (text: string) => void;
}) {
  const { text, cohorts = [], metrics = [], unfilled = [], onChange } = props;
  const words = useMemo(() => placeholdersIn(text), [text]);
  const [values, setValues] = useState<Record<string, string>>({});
  const list = useId();
  if (words.length === 0) return null;
  const given = Object.fromEntries(
    words.flatMap((word) => (values[word]?.trim() ? [[word, values[word].trim()]] : [])),
  );
  return (
    <fieldset className={styles.criterion}>
      <legend>Fill in</legend>
      <p className="hint">These words of the template stand for what only you know.</p>
      {words.map((word) => {
        const about = placeholders[word];
        return (
          <label key={word} className={styles.wide}>
            <span>
              <code>{word}</code>
              {about ? `: ${about.says}` : ''}
            </span>
            <input
              value={values[word] ?? ''}
              aria-invalid={(unfilled.includes(word) && !given[word]) || undefined}
              list={about?.of === 'other' ? undefined : `${list}-${about?.of ?? 'cohort'}`}
              onChange={(e) => setValues({ ...values, [word]: e.target.value })}
            />
          </label>
        );
      })}
      <datalist id={`${list}-cohort`}>
        {cohorts.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <datalist id={`${list}-metric`}>
        {metrics.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <button
        type="button"
        className="button small"
        disabled={Object.keys(given).length === 0}
        onClick={() => onChange(filled(text, given))}
      >
        Put {Object.keys(given).length === 1 ? 'it' : 'them'} in
      </button>
    </fieldset>
  );
}
