/** What was decided and what happened. */

import { EventList } from '@/app/ui/event/list';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { Retry } from '@/app/ui/page/retry.client';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { actionWords } from '@/app/ui/text/words';
import type { DecisionView, RolloutView } from '@/lib/rollout/model';
import type { Evidence } from './evidence';
import styles from './verdict.module.css';

export function Story({ rollout, evidence }: { rollout: RolloutView; evidence: Evidence }) {
  return (
    <div className={styles.story}>
      <Panel title="Decisions" id="decisions" note="acted on, and kept for good" flush>
        {evidence.decisions.ok ? (
          <Decisions decisions={evidence.decisions.value} plan={rollout.plan} />
        ) : (
          <StateNote state="error" action={<Retry />}>
            {evidence.decisions.message}
          </StateNote>
        )}
      </Panel>
      <Panel title="History" id="history" note="every event of this rollout" flush>
        {evidence.events.ok ? (
          <EventList events={evidence.events.value.slice(0, 40)} />
        ) : (
          <StateNote state="error" action={<Retry />}>
            {evidence.events.message}
          </StateNote>
        )}
      </Panel>
    </div>
  );
}

function Decisions({ decisions, plan }: { decisions: DecisionView[]; plan: RolloutView['plan'] }) {
  if (decisions.length === 0) return <StateNote state="empty">Nothing was decided yet.</StateNote>;
  const stage = (index: number) => plan.stages[index]?.name ?? 'no stage';
  return (
    <ol className={styles.entries}>
      {decisions.slice(0, 40).map((d) => {
        const words = actionWords[d.action];
        return (
          <li key={d.id}>
            <Time at={d.at} grain="second" />
            <div>
              <p>
                <Name>{d.actor.name}</Name>{' '}
                <span className={styles.tone} data-tone={words.tone}>
                  {d.acted ? words.did : words.would}
                </span>
                {d.fromStage === d.toStage ? null : (
                  <span className="quiet">
                    {' '}
                    {d.fromStage < 0 ? '' : `${visible(stage(d.fromStage))} → `}
                    {visible(stage(d.toStage))}
                  </span>
                )}
              </p>
              {d.reason ? <p className={styles.why}>{visible(d.reason)}</p> : null}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
