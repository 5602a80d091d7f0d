'use client';
import { Field } from '@/app/ui/form/form.client';
import type { Refusal } from '@/app/ui/form/send';
import { outcomeReasonWords } from '@/app/ui/text/words';
/** What a plan does when a guardrail fails, and while a criterion has no answer. */
import type { OutcomeReason } from '@/lib/criterion/model';
import { notYetReasons, type UnknownPolicy, unknownPolicies, unknownReasons } from '@/lib/rollout/model';
import styles from './plan-form.module.css';

type Unknown = Exclude<OutcomeReason, 'decided'>;
export type Policy = {
  onRegression: string;
  onRegressionScope: string;
  onUnknown: Record<string, string>;
};

const regressions = {
  rollout: { label: 'roll everybody back', set: { onRegression: 'roll_back', onRegressionScope: 'rollout' } },
  cohort: {
    label: 'take it back where it fails, if others are well',
    set: { onRegression: 'roll_back', onRegressionScope: 'cohort' },
  },
  hold: { label: 'hold, and leave it to a person', set: { onRegression: 'hold', onRegressionScope: 'rollout' } },
} as const;

const policyWords: Record<UnknownPolicy, string> = {
  wait: 'wait',
  hold: 'hold until a person resumes',
  let_through: 'let it through',
};
const mayPass = (reason: string) => (notYetReasons as readonly string[]).includes(reason);

export function PolicyFields(props: {
  value: Policy;
  refusal: Refusal | null;
  onChange: (changes: Record<string, unknown>) => void;
}) {
  const { value, refusal, onChange } = props;
  const chosen = value.onRegression === 'hold' ? 'hold' : value.onRegressionScope === 'cohort' ? 'cohort' : 'rollout';
  const special = unknownReasons.filter((reason) => (value.onUnknown[reason] ?? 'wait') !== 'wait');
  const set = (reason: Unknown, policy: string) => {
    const { [reason]: _before, ...others } = value.onUnknown;
    onChange({ onUnknown: policy === 'wait' ? others : { ...others, [reason]: policy } });
  };
  return (
    <>
      <Field label="When a guardrail fails" name="onRegression" refusal={refusal} className={styles.wide}>
        {(control) => (
          <select
            {...control}
            value={chosen}
            onChange={(e) => onChange(regressions[e.target.value as keyof typeof regressions].set)}
          >
            {Object.entries(regressions).map(([key, { label }]) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      <details className={styles.wide} open={refusal?.fields.some((f) => f.field.startsWith('onUnknown'))}>
        <summary>
          While a criterion has no answer: {special.length === 0 ? 'wait' : `${special.length} of these do not wait`}
        </summary>
        <ul className={styles.unknowns}>
          {unknownReasons.map((reason) => (
            <li key={reason}>
              <label>
                {outcomeReasonWords[reason]}
                <select value={value.onUnknown[reason] ?? 'wait'} onChange={(e) => set(reason, e.target.value)}>
                  {unknownPolicies
                    .filter((policy) => policy !== 'let_through' || mayPass(reason))
                    .map((policy) => (
                      <option key={policy} value={policy}>
                        {policyWords[policy]}
                      </option>
                    ))}
                </select>
              </label>
            </li>
          ))}
        </ul>
        <p className="hint">None of these passes, and none rolls back.</p>
      </details>
    </>
  );
}
