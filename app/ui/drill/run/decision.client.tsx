'use client';
/** The answer of a person who is asked in a run: what was on the screen goes along with it. */
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { orderKey } from '@/app/ui/form/send';
import { Icon, type IconName } from '@/app/ui/icon';

/** Aborting is in reach on every page of a run, so it is no third answer here. */
const answers = [
  { answer: 'roll_back', label: 'Roll back', icon: 'roll_back', look: 'button danger primary' },
  { answer: 'hold', label: 'Hold', icon: 'hold', look: 'button' },
] as const satisfies ReadonlyArray<{ answer: string; label: string; icon: IconName; look: string }>;

/** `tabletop`: what is said in words is the answer, so there is room for it. */
export function RunDecision(props: { id: string; saw: Record<string, unknown>; tabletop: boolean }) {
  const { busy, refusal, run } = useSend();
  const [note, setNote] = useState('');
  const [key] = useState(orderKey);
  const decide = (answer: (typeof answers)[number]['answer']) =>
    run(
      'POST',
      `/drill-runs/${props.id}/decide`,
      { answer, note, saw: props.saw },
      { idempotencyKey: `${key}${answer}` },
    );
  return (
    <div className="stack tight">
      <Field
        label={props.tabletop ? 'What you would do, and why' : 'Note'}
        name="note"
        hint="Kept with the answer and with what you see here now"
        refusal={refusal}
      >
        {(control) => (
          <textarea {...control} value={note} onChange={(e) => setNote(e.target.value)} maxLength={1000} rows={2} />
        )}
      </Field>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a box */}
      <div className="row" role="group" aria-label="Answer">
        {answers.map(({ answer, label, icon, look }) => (
          <button key={answer} type="button" className={look} disabled={busy} onClick={() => void decide(answer)}>
            <Icon name={icon} /> {label}
          </button>
        ))}
      </div>
      <FormError refusal={refusal} shown={['note']} />
    </div>
  );
}
