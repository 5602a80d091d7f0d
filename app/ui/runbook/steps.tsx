/** The steps of a runbook in their order: who does each, what is expected of it, how to see that it has worked. */

import { Badge } from '@/app/ui/page/badge';
import { Fact } from '@/app/ui/page/fact';
import { visible } from '@/app/ui/text/name';
import type { RunbookStep } from '@/lib/runbook/model';
import styles from './runbook.module.css';
import { actWords, particulars } from './words';

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
            {step.act === 'person' && step.who ? <Fact name="Who">{visible(step.who)}</Fact> : null}
            {step.expected ? <Fact name="Expected">{visible(step.expected)}</Fact> : null}
            {step.how ? <Fact name="How to see it">{visible(step.how)}</Fact> : null}
            {particulars(step).map(([name, text]) => (
              <Fact key={name} name={name}>
                {name === 'Query' || name === 'Sends' ? <code>{visible(text)}</code> : visible(text)}
              </Fact>
            ))}
          </dl>
        </li>
      ))}
    </ol>
  );
}
