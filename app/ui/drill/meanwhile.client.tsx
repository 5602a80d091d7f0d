'use client';
import type { Refusal } from '@/app/ui/form/send';
import { short } from '@/app/ui/text/name';
/** Somebody else has saved the drill while one was writing: what they changed, and what becomes of both. */
import styles from './form.module.css';
import type { Theirs } from './merge';

export function Meanwhile(props: {
  theirs: Theirs[];
  refusal: Refusal | null;
  broken: boolean;
  onTakeIn: () => void;
  onTakeTheirs: () => void;
}) {
  const { theirs, refusal } = props;
  return (
    <section className={`form-error ${styles.meanwhile}`} role="alert" aria-label="Changed meanwhile">
      <p>
        <strong>This drill was changed while you were writing.</strong>{' '}
        {refusal?.status === 409 ? refusal.message : 'What you have written is still here.'}
      </p>
      {theirs.length === 0 ? <p>It says what you have written already, where it was changed.</p> : null}
      <ul>
        {theirs.map(({ field, from, to, mine }) => (
          <li key={field}>
            <code>{field}</code>: <del>{says(from)}</del> → <ins>{says(to)}</ins>
            {mine ? (
              <>
                {' '}
                (you: <bdi>{says(mine.value)}</bdi>, which is kept)
              </>
            ) : null}
          </li>
        ))}
      </ul>
      <div className="row end">
        <button
          type="button"
          className="button small"
          onClick={() => window.confirm('Drop what you have written?') && props.onTakeTheirs()}
        >
          Drop mine
        </button>
        <button type="button" className="button small" disabled={props.broken} onClick={props.onTakeIn}>
          Take theirs in, keep mine
        </button>
      </div>
    </section>
  );
}

function says(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  return short(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
