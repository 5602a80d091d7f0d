/** Every criterion on one row, worst first: both versions, raw counts, the interval against the limit, each cohort. */

import Link from 'next/link';
import { Fragment } from 'react';
import { WhiskerPicture } from '@/app/ui/chart/whisker';
import { criterionRule, criterionScale, limitSentence } from '@/app/ui/criterion/effect';
import { forecastWords, leaning, progressWords } from '@/app/ui/criterion/working';
import { Icon } from '@/app/ui/icon';
import { OutcomeBadge, Version } from '@/app/ui/page/badge';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { Scroll } from '@/app/ui/page/scroll';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { criterionKindWords, outcomeNextWords, outcomeReasonWords, outcomeWords } from '@/app/ui/text/words';
import { formatCount, formatDuration, formatNumber, formatValue } from '@/lib/chart/format';
import type { Criterion, CriterionOutcome, OutcomeKind } from '@/lib/criterion/model';
import type { RolloutView, Verdict } from '@/lib/rollout/model';
import styles from './criteria.module.css';
import { WorkingDetails } from './working';

type Row = {
  criterion: Criterion;
  /** the worst of all together and each cohort: what the row shows large */
  worst: CriterionOutcome | null;
  /** the others, as cells */
  others: CriterionOutcome[];
};

const order: Record<OutcomeKind, number> = { fail: 0, no_data: 1, inconclusive: 2, pass: 3 };
const kinds = { guardrail: 0, success: 1, diagnostic: 2 };

/** Failing anywhere counts as failing; what is only shown comes last. */
export function rowsOf(plan: RolloutView['plan'], verdict: Verdict | null): Row[] {
  const rows = plan.criteria.map((criterion): Row => {
    const of = verdict?.outcomes.filter((o) => o.criterion === criterion.name) ?? [];
    const overall = of.find((o) => o.cohort === null) ?? null;
    // A cohort takes the row only by failing where all together do not: silence in one is no news of the whole.
    const worst = overall?.outcome === 'fail' ? overall : (of.find((o) => o.outcome === 'fail') ?? overall);
    return { criterion, worst, others: of.filter((o) => o !== worst) };
  });
  const badness = (row: Row) => {
    const kind = row.criterion.kind === 'diagnostic' ? 100 : kinds[row.criterion.kind];
    return kind + (row.worst ? order[row.worst.outcome] : 9) * 3;
  };
  return rows.toSorted((a, b) => badness(a) - badness(b));
}

export function Criteria({
  rollout,
  verdict,
  units,
  now,
}: {
  rollout: RolloutView;
  verdict: Verdict | null;
  units: Record<string, string>;
  /** null where nothing goes on, so nothing is to be expected */
  now: number | null;
}) {
  const rows = rowsOf(rollout.plan, verdict);
  return (
    <Panel
      title="Criteria"
      id="criteria"
      note="worst first"
      flush
      actions={
        rollout.startedAt ? (
          <Link className="small" href={`/rollouts/${rollout.id}/backtest`} prefetch={false}>
            Backtest with other criteria
          </Link>
        ) : null
      }
    >
      {verdict ? null : (
        <StateNote state={rollout.state === 'draft' ? 'empty' : 'no_data'}>
          {rollout.state === 'draft' ? 'Judging begins when the rollout is started.' : 'Belay has not looked yet.'}
        </StateNote>
      )}
      <Scroll label="Criteria, scrolls sideways">
        <table className={`cards ${styles.table}`}>
          <thead>
            <tr>
              <th scope="col">Criterion</th>
              <th scope="col">Outcome</th>
              <th scope="col" className="number">
                <Version name={rollout.plan.baseline} index={0} />
              </th>
              <th scope="col" className="number">
                <Version name={rollout.plan.candidate} index={1} />
              </th>
              <th scope="col">Interval against limit</th>
              <th scope="col">By cohort</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const unit = units[row.criterion.metric] ?? '';
              const deciding = verdict?.deciding?.criterion === row.criterion.name;
              const outcomes = row.worst ? [row.worst, ...row.others] : row.others;
              const of = { rollout, criterion: row.criterion, unit, at: verdict?.at ?? null };
              return (
                <Fragment key={row.criterion.name}>
                  <CriterionRow row={row} unit={unit} deciding={deciding} now={now} />
                  {outcomes.length === 0 ? null : (
                    <tr className={deciding ? `${styles.how} ${styles.deciding}` : styles.how}>
                      <td colSpan={6}>
                        <WorkingDetails outcomes={outcomes} {...of} />
                      </td>
                    </tr>
                  )}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  );
}

function CriterionRow({ row, unit, deciding, now }: { row: Row; unit: string; deciding: boolean; now: number | null }) {
  const { criterion, worst: shown } = row;
  const scale = criterionScale(criterion, unit);
  const words = shown
    ? `${scale.difference(shown.estimate)}, from ${scale.difference(shown.low)} to ${scale.difference(shown.high)}, limit ${scale.difference(shown.limit)}`
    : 'not judged yet';
  return (
    <tr className={deciding ? styles.deciding : undefined}>
      <th scope="row" className={styles.name}>
        <Name>{criterion.name}</Name>
        <span className={styles.kind} title={criterionKindWords[criterion.kind].says}>
          {criterionKindWords[criterion.kind].label}
        </span>
        <span className={styles.rule} title={visible(criterionRule(criterion))}>
          <bdi>{visible(criterionRule(criterion))}</bdi>
        </span>
      </th>
      <td>
        {shown ? <OutcomeBadge outcome={shown.outcome} reason={shown.reason} /> : <span className="quiet">–</span>}
        {shown?.cohort == null ? null : (
          <span className={styles.where}>
            in <Name>{shown.cohort || 'no cohort'}</Name>
          </span>
        )}
        {shown && shown.reason !== 'decided' ? (
          <span className={styles.reason} title={outcomeNextWords[shown.reason]}>
            {outcomeReasonWords[shown.reason]}
            {needsSomebody(shown.reason) ? `. ${outcomeNextWords[shown.reason]}` : ''}
          </span>
        ) : null}
        {shown && now !== null ? <Forecast criterion={criterion} outcome={shown} now={now} /> : null}
      </td>
      <td className="number" data-label="Baseline">
        <Arm value={shown?.baseline?.value ?? null} arm={shown?.baseline ?? null} scale={scale.value} />
      </td>
      <td className="number" data-label="Candidate">
        <Arm value={shown?.candidate.value ?? null} arm={shown?.candidate ?? null} scale={scale.value} />
      </td>
      <td>
        <WhiskerPicture
          estimate={shown?.estimate ?? null}
          low={shown?.low ?? null}
          high={shown?.high ?? null}
          limit={shown?.limit ?? null}
          better={criterion.better}
          against={scale.against}
          outcome={shown?.outcome ?? 'no_data'}
          label={`${criterion.name}: ${words}`}
        />
        <span className={styles.interval}>
          {shown?.low == null || shown.high == null
            ? `allowed ${limitSentence(criterion)}`
            : `${scale.difference(shown.low)} … ${scale.difference(shown.high)}, allowed ${limitSentence(criterion)}`}
        </span>
      </td>
      <td>
        <ul className={styles.cohorts}>
          {row.others.length === 0 ? <li className="quiet">–</li> : null}
          {row.others.map((o) => (
            <li key={String(o.cohort)} data-outcome={o.outcome} title={cohortTitle(o, scale.difference)}>
              <Icon name={o.outcome} size={11} />
              <Name>{o.cohort === null ? 'all together' : o.cohort || 'no cohort'}</Name>
              <span>
                {o.estimate === null ? outcomeWords[o.outcome].label.toLowerCase() : scale.difference(o.estimate)}
              </span>
            </li>
          ))}
        </ul>
      </td>
    </tr>
  );
}

/** Waiting is all there is to do about the others. */
const needsSomebody = (reason: CriterionOutcome['reason']): boolean =>
  reason !== 'decided' && reason !== 'too_few' && reason !== 'not_yet_clear';

/** An hour of the day says little of what is further off than this. */
const clockMs = 12 * 3_600_000;

/** How far towards a decision, and when one is to be expected. */
function Forecast({ criterion, outcome, now }: { criterion: Criterion; outcome: CriterionOutcome; now: number }) {
  const progress = progressWords(criterion, outcome);
  const more = forecastWords(criterion, outcome);
  if (more === null) return null;
  const at = outcome.expectedAt;
  return (
    <>
      {progress ? (
        <span className={styles.reason}>
          <span
            className={styles.progress}
            data-way={leaning(criterion, outcome.working) ?? undefined}
            aria-hidden="true"
          >
            <span style={{ width: `${100 * outcome.progress}%` }} />
          </span>
          {progress}
        </span>
      ) : null}
      <span className={styles.reason}>
        {more}
        {at === null ? null : Date.parse(at) - now < clockMs ? (
          <>
            , about <Time at={at} grain="minute" /> at this rate
          </>
        ) : (
          `, in about ${formatDuration(Date.parse(at) - now)} at this rate`
        )}
      </span>
    </>
  );
}

function cohortTitle(o: CriterionOutcome, difference: (v: number | null) => string): string {
  const interval = o.low === null ? '' : ` (${difference(o.low)} … ${difference(o.high)})`;
  return `${o.cohort ?? 'all together'}: ${outcomeWords[o.outcome].label}, ${outcomeReasonWords[o.reason]}${interval}`;
}

function Arm(props: {
  value: number | null;
  arm: { n: number; k?: number } | null;
  scale: Parameters<typeof formatValue>[1];
}) {
  const { arm } = props;
  return (
    <>
      <span className={styles.value}>{formatValue(props.value, props.scale)}</span>
      <span className={styles.counts}>
        {arm === null
          ? ''
          : arm.k === undefined
            ? `n ${formatCount(arm.n)}`
            : `${formatNumber(arm.k, 6)} / ${formatCount(arm.n)}`}
      </span>
    </>
  );
}
