/** Which attribute values carry the excess: the first one large, the others beside it, what is not telling put away. */
import Link from 'next/link';
import type { ReactNode } from 'react';
import {
  armWords,
  carriedWords,
  cautionWords,
  echoWords,
  excessName,
  nothingTelling,
  totalWords,
} from '@/app/ui/criterion/excess-words';
import { percentOf } from '@/app/ui/criterion/working';
import type { Attempt } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { Retry } from '@/app/ui/page/retry.client';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { Excess } from '@/lib/criterion/excess';
import type { Criterion } from '@/lib/criterion/model';
import { type ExcessView, leansToFail } from '@/lib/rollout/explain/excess';
import type { RolloutView, Verdict } from '@/lib/rollout/model';
import styles from './excess.module.css';

type Of = { criterion: Criterion; plan: RolloutView['plan']; unit: string };
type Props = { rollout: RolloutView; verdict: Verdict | null; excess: Attempt<ExcessView | null> };
/** So many telling values are shown at once. */
const most = 6;

export function ExcessPanel({ rollout, verdict, excess }: Props) {
  if (!excess.ok)
    return (
      <Panel title="Where the excess is" id="excess" flush>
        <StateNote state="error" action={<Retry />}>
          {excess.message}
        </StateNote>
      </Panel>
    );
  const found = excess.value;
  const criterion = rollout.plan.criteria.find((c) => c.name === found?.criterion);
  if (!found || !criterion) return null;
  const of: Of = { criterion, plan: rollout.plan, unit: found.unit };
  const telling = found.values.filter((v) => v.clear && !v.symptom);
  const symptoms = found.values.filter((v) => v.clear && v.symptom);
  const instances = found.instances?.filter((v) => v.clear) ?? [];
  const rest = [...telling.slice(most), ...symptoms.slice(most), ...found.values.filter((v) => !v.clear)];
  return (
    <Panel
      title="Where the excess is"
      id="excess"
      note={<Note excess={found} />}
      actions={<Others rollout={rollout} verdict={verdict} shown={criterion.name} />}
    >
      <div className={styles.stack}>
        {found.total ? (
          <p className={styles.total}>
            <Name>{criterion.name}</Name>
            {found.cohort === null ? null : (
              <>
                {' in '}
                <Name>{found.cohort || 'no cohort'}</Name>
              </>
            )}
            : {totalWords(criterion, found.total, { unit: found.unit, baseline: rollout.plan.baseline })}.{' '}
            <Cohorts excess={found} />
          </p>
        ) : null}
        {telling.length > 0 ? (
          <ol className={styles.values}>
            {telling.slice(0, most).map((value, i) => (
              <Value key={nameOf(value)} excess={value} of={of} first={i === 0} />
            ))}
          </ol>
        ) : (
          <p>{nothingTelling(found)}</p>
        )}
        {symptoms.length > 0 ? (
          <section aria-labelledby="symptoms">
            <h3 id="symptoms" className={styles.sub}>
              What the failures are called
            </h3>
            <ol className={styles.values}>
              {symptoms.slice(0, most).map((value) => (
                <Value key={nameOf(value)} excess={value} of={of} first={false} />
              ))}
            </ol>
          </section>
        ) : null}
        {instances.length > 0 ? (
          <section aria-labelledby="instances">
            <h3 id="instances" className={styles.sub}>
              By instance
            </h3>
            <ol className={styles.values}>
              {instances.slice(0, most).map((value) => (
                <Value key={nameOf(value)} excess={value} of={of} first={false} />
              ))}
            </ol>
          </section>
        ) : null}
        <Rest values={rest} excess={found} of={of} />
      </div>
    </Panel>
  );
}

/** Other criteria that fail or lean to it. */
function Others({ rollout, verdict, shown }: { rollout: RolloutView; verdict: Verdict | null; shown: string }) {
  const { criteria } = rollout.plan;
  const bad = verdict?.outcomes.filter((o) => o.kind !== 'diagnostic' && leansToFail(criteria, o)) ?? [];
  const others = [...new Set(bad.map((o) => o.criterion))].filter((name) => name !== shown).slice(0, 4);
  return others.map((name) => (
    <Link key={name} className={styles.other} href={`?excess=${encodeURIComponent(name)}#excess`} scroll={false}>
      of <Name>{name}</Name>
    </Link>
  ));
}

const nameOf = ({ key, value }: Excess) => JSON.stringify([key, value]);

function Note({ excess }: { excess: ExcessView }): ReactNode {
  return (
    <>
      <Time at={excess.from} grain="minute" /> to <Time at={excess.to} grain="minute" />
      {excess.frozenAt ? ', kept with the decision' : ''}
    </>
  );
}

function Cohorts({ excess }: { excess: ExcessView }) {
  const told = excess.cohorts.filter((c) => c.clear && c.value);
  if (excess.cohort !== null || told.length === 0) return null;
  return (
    <>
      {told.map((c, i) => (
        <span key={c.value}>
          {i > 0 ? ', ' : ''}
          {carriedWords(c.share)} of it in <Name>{c.value ?? ''}</Name>
        </span>
      ))}
      .
    </>
  );
}

function Value({ excess, of, first }: { excess: Excess; of: Of; first: boolean }) {
  const { plan, criterion, unit } = of;
  const caution = cautionWords(excess, plan);
  const echo = echoWords(excess);
  const share = Math.min(1, Math.max(0, excess.share ?? 0));
  return (
    <li className={styles.value} data-first={first || undefined} data-echo={echo ? true : undefined}>
      <p className={styles.line}>
        <Name className={styles.name ?? ''}>{excessName(excess)}</Name>{' '}
        <span>
          carries <strong>{carriedWords(excess.share)}</strong> of the excess
          {excess.traffic === null ? '' : ` with ${percentOf(excess.traffic)} of the traffic`}
        </span>
        {excess.newHere ? <span className={styles.flag}>new here</span> : null}
      </p>
      <span className={styles.bar} aria-hidden="true">
        <span className={styles.carried} style={{ width: `${100 * share}%` }} />
        {excess.traffic === null ? null : (
          <span className={styles.traffic} style={{ left: `${100 * Math.min(1, excess.traffic)}%` }} />
        )}
      </span>
      <p className={styles.counts}>
        {excess.baseline ? (
          <>
            <Name>{plan.baseline}</Name> {armWords(criterion, excess.baseline, unit)}
            {' → '}
          </>
        ) : null}
        <Name>{plan.candidate}</Name> {armWords(criterion, excess.candidate, unit)}
      </p>
      {echo ? <p className={styles.counts}>{echo}</p> : null}
      {caution ? <p className={styles.caution}>{caution}</p> : null}
    </li>
  );
}

function instanceWords({ instances, frozenAt }: ExcessView): string {
  const kept = 'Instances (service.instance.id, host.name, pods) are added up in what is kept';
  if (instances && instances.length > 0) return `${kept}; they were told apart in the ledger when it was decided.`;
  if (instances) return `${kept}; in the ledger there was no more than one of them.`;
  if (frozenAt) return `${kept}, and the ledger held too much of this stretch to tell them apart.`;
  return `${kept}; they are told apart, in the ledger, when a decision is explained.`;
}

const keysOf = ({ keys }: ExcessView): string => (keys.length === 0 ? 'no attribute' : visible(keys.join(', ')));

function Rest({ values, excess, of }: { values: Excess[]; excess: ExcessView; of: Of }) {
  const { plan, criterion, unit } = of;
  return (
    <details>
      <summary>How this was found{values.length > 0 ? `, and ${values.length + excess.left} more values` : ''}</summary>
      <div className={styles.stack}>
        <p className={styles.prose}>
          Both versions are compared inside each{' '}
          {excess.resolution === 10 ? '10 s' : excess.resolution === 60 ? 'minute' : 'hour'} and cohort, as the judge
          does, and the difference is told apart by attribute value. A value is named when it carries more of the excess
          than of the traffic, beyond chance at 95{'\u202f'}% for all values looked at together; few observations never
          lead. Looked at: <span className={styles.keys}>{keysOf(excess)}</span>. What the criterion counts by, and what
          tells features, versions and cohorts apart, is no place to look. {instanceWords(excess)}
        </p>
        {values.length === 0 ? null : (
          <ul className={styles.rest}>
            {values.map((v) => (
              <li key={nameOf(v)}>
                <Name>{excessName(v)}</Name>
                <span>
                  {v.share === null ? '–' : percentOf(v.share)} of the excess
                  {v.traffic === null ? '' : `, ${percentOf(v.traffic)} of the traffic`}
                  {v.newHere ? ', new here' : v.goneHere ? `, only in ${plan.baseline}` : ''}
                </span>
                <span className={styles.counts}>
                  {v.baseline ? `${armWords(criterion, v.baseline, unit)} → ` : ''}
                  {armWords(criterion, v.candidate, unit)}
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </details>
  );
}
