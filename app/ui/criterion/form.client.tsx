'use client';
/** A criterion in plain fields, for the text of a plan. What belongs to another measure is not asked. */
import { useId, useState } from 'react';
import styles from '@/app/ui/rollout/plan-form.module.css';
import { criterionKindWords, measureWords } from '@/app/ui/text/words';
import { criterionKinds, type Measure, measures } from '@/lib/criterion/model';
import { type BurnFields, BurnWindows, newBurn, objectiveOf, windowsOf } from './burn-windows.client';

type Fields = Record<'name' | 'kind' | 'metric' | 'of' | 'per' | 'q' | 'against' | 'threshold' | 'margin', string> & {
  measure: Measure;
  better: 'lower' | 'higher';
};
const blank: Fields = {
  name: '',
  kind: 'guardrail',
  measure: 'share',
  metric: 'http.server.request.duration',
  of: 'http.response.status_code = 5xx',
  per: '',
  q: '0.99',
  against: 'baseline',
  threshold: '',
  better: 'lower',
  margin: '',
};

export function CriterionForm({ metrics, onAdd }: { metrics: string[]; onAdd: (criterion: object) => void }) {
  const [fields, setFields] = useState(blank);
  const [burn, setBurn] = useState(newBurn);
  const list = useId();
  const set = (change: Partial<Fields>) => setFields({ ...fields, ...change });
  const { measure } = fields;
  const burns = measure === 'burn_rate';
  const choose = (next: Measure) =>
    set({
      measure: next,
      against: next === 'burn_rate' ? 'threshold' : 'baseline',
      ...(next === 'burn_rate' ? { better: 'lower' } : {}),
    });
  const text = (name: keyof Fields, label: string, more: { list?: string; placeholder?: string } = {}) => (
    <label>
      {label}
      <input value={fields[name]} onChange={(e) => set({ [name]: e.target.value })} {...more} />
    </label>
  );
  return (
    <fieldset className={styles.criterion}>
      <legend>Add a criterion</legend>
      <label>
        Measure
        <select value={measure} onChange={(e) => choose(e.target.value as Measure)}>
          {measures.map((m) => (
            <option key={m} value={m}>
              {measureWords[m].label}
            </option>
          ))}
        </select>
      </label>
      <label>
        Kind
        <select value={fields.kind} onChange={(e) => set({ kind: e.target.value })}>
          {criterionKinds.map((kind) => (
            <option key={kind} value={kind}>
              {criterionKindWords[kind].label}
            </option>
          ))}
        </select>
      </label>
      <p className="hint">{measureWords[measure].says}</p>
      {text('name', 'Name', { placeholder: measureWords[measure].label.toLowerCase() })}
      {text('metric', 'Metric', { list })}
      <datalist id={list}>
        {metrics.map((metric) => (
          <option key={metric} value={metric} />
        ))}
      </datalist>
      {measure === 'share' || burns ? text('of', burns ? 'Which part is bad' : 'Which part counts') : null}
      {measure === 'ratio' ? text('per', 'Per metric', { list }) : null}
      {measure === 'quantile' ? text('q', 'Quantile') : null}
      {burns ? <BurnWindows burn={burn} onChange={setBurn} /> : null}
      <label>
        Against
        <select value={fields.against} onChange={(e) => set({ against: e.target.value })}>
          <option value="baseline">{burns ? 'the baseline: what burns in excess of it' : 'the baseline'}</option>
          <option value="threshold">{burns ? 'its rates' : 'a threshold'}</option>
        </select>
      </label>
      {fields.against === 'threshold' && !burns ? text('threshold', 'Threshold', { placeholder: '300ms' }) : null}
      {burns ? null : (
        <label>
          Better
          <select value={fields.better} onChange={(e) => set({ better: e.target.value as 'lower' })}>
            <option value="lower">lower</option>
            <option value="higher">higher</option>
          </select>
        </label>
      )}
      {text('margin', 'Margin', { placeholder: burns ? '0' : '10%, 0.5pp, 20ms' })}
      <button type="button" className="button small" onClick={() => onAdd(criterionOf(fields, burn))}>
        Add to the plan
      </button>
    </fieldset>
  );
}

function criterionOf(fields: Fields, burn: BurnFields): object {
  const { measure, against, of, per } = fields;
  const burns = measure === 'burn_rate';
  const margin = fields.margin.trim();
  return {
    name: fields.name.trim() || measureWords[measure].label.toLowerCase(),
    kind: fields.kind,
    measure,
    ...(measure === 'quantile' ? { q: Number(fields.q) } : {}),
    metric: fields.metric.trim(),
    ...(measure === 'share' || burns ? { of: conditionsOf(of) } : {}),
    ...(measure === 'ratio' ? { per: per.trim() } : {}),
    ...(burns ? { objective: objectiveOf(burn), windows: windowsOf(burn) } : {}),
    ...(against === 'baseline' ? { against } : burns ? {} : { against: { threshold: numberOr(fields.threshold) } }),
    better: burns ? 'lower' : fields.better,
    ...(margin ? { margin: numberOr(margin) } : {}),
  };
}

/** `a = b, c = d` as a map; what has no equals sign stands for true. */
function conditionsOf(text: string): Record<string, string | boolean> {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  return Object.fromEntries(
    parts.map((part) => {
      const [key = '', ...value] = part.split('=');
      return [key.trim(), value.length === 0 ? true : value.join('=').trim()];
    }),
  );
}

function numberOr(text: string): number | string {
  return text.trim() === '' || Number.isNaN(Number(text)) ? text.trim() : Number(text);
}
