/** The steps of a runbook in their order: who does each, what is expected of it, how to see that it has worked. */
import type { RunbookStep } from '@/lib/runbook/model';
import { Badge } from './badge';
import { visible } from './name';
import styles from './runbook.module.css';
import { actWords, particulars } from './runbook-words';

export function RunbookSteps({ steps, label = 'Steps' }: { steps: RunbookStep[]; label?: string }) {
  return (
    <ol className={styles.steps} aria-label={label}>
      {steps.map((step) => (
        <li key={step.name}>
          <div className={styles.head}>
            <strong>{visible(step.title)}</strong>
            {step.act === 'person' ? (
              <Badge tone={step.blocking ? 'warn' : 'plain'}>
                {step.blocking ? 'A person must tick it off' : 'For a person'}
              </Badge>
            ) : (
              <Badge tone="plain">Belay {actWords[step.act]}</Badge>
            )}
          </div>
          <dl className={styles.words}>
            {step.act === 'person' && step.who ? <Line label="Who">{visible(step.who)}</Line> : null}
            {step.expected ? <Line label="Expected">{visible(step.expected)}</Line> : null}
            {step.how ? <Line label="How to see it">{visible(step.how)}</Line> : null}
            {particulars(step).map(([name, text]) => (
              <Line key={name} label={name}>
                {name === 'Query' || name === 'Sends' ? <code>{visible(text)}</code> : visible(text)}
              </Line>
            ))}
          </dl>
        </li>
      ))}
    </ol>
  );
}

function Line({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
