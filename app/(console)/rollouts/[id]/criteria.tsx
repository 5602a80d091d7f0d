/** Every criterion on one row, worst first: both versions, raw counts, the interval against the limit, each cohort. */

import { OutcomeBadge, Swatch } from '@/app/ui/badge';
import { criterionRule, criterionScale, limitSentence } from '@/app/ui/effect';
import { Icon } from '@/app/ui/icon';
import { Name, visible } from '@/app/ui/name';
import { Panel, StateNote } from '@/app/ui/panel';
import { Scroll } from '@/app/ui/scroll';
import { WhiskerPicture } from '@/app/ui/whisker';
import { criterionKindWords, outcomeReasonWords, outcomeWords } from '@/app/ui/words';
import { formatCount, formatNumber, formatValue } from '@/lib/chart/format';
import type { Criterion, CriterionOutcome, OutcomeKind } from '@/lib/criterion/model';
import type { RolloutView, Verdict } from '@/lib/rollout/model';
import styles from './criteria.module.css';

type Row = { criterion: Criterion; overall: CriterionOutcome | null; cohorts: CriterionOutcome[] };

const order: Record<OutcomeKind, number> = { fail: 0, no_data: 1, inconclusive: 2, pass: 3 };
const kinds = { guardrail: 0, success: 1, diagnostic: 2 };

/** Failing anywhere counts as failing; what is only shown comes last. */
export function rowsOf(plan: RolloutView['plan'], verdict: Verdict | null): Row[] {
  const rows = plan.criteria.map((criterion): Row => {
    const of = verdict?.outcomes.filter((o) => o.criterion === criterion.name) ?? [];
    return {
      criterion,
      overall: of.find((o) => o.cohort === null) ?? null,
      cohorts: of.filter((o) => o.cohort !== null),
    };
  });
  const badness = (row: Row) => {
    const kind = row.criterion.kind === 'diagnostic' ? 100 : kinds[row.criterion.kind];
    const worst = Math.min(...[row.overall, ...row.cohorts].map((o) => (o ? order[o.outcome] : 9)));
    return kind + worst * 3;
  };
  return rows.toSorted((a, b) => badness(a) - badness(b));
}

export function Criteria({
  rollout,
  verdict,
  units,
}: {
  rollout: RolloutView;
  verdict: Verdict | null;
  units: Record<string, string>;
}) {
  const rows = rowsOf(rollout.plan, verdict);
  return (
    <Panel title="Criteria" id="criteria" note="worst first" flush>
      {verdict ? null : (
        <StateNote state="no_data">
          {rollout.state === 'draft' ? 'Judging begins when the rollout is started.' : 'Belay has not looked yet.'}
        </StateNote>
      )}
      <Scroll label="Criteria, scrolls sideways">
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Criterion</th>
              <th scope="col">Outcome</th>
              <th scope="col" className="number">
                <Swatch index={0} /> <bdi>{visible(rollout.plan.baseline)}</bdi>
              </th>
              <th scope="col" className="number">
                <Swatch index={1} /> <bdi>{visible(rollout.plan.candidate)}</bdi>
              </th>
              <th scope="col">Interval against limit</th>
              <th scope="col">By cohort</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <CriterionRow
                key={row.criterion.name}
                row={row}
                unit={units[row.criterion.metric] ?? ''}
                deciding={verdict?.deciding?.criterion === row.criterion.name}
              />
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  );
}

function CriterionRow({ row, unit, deciding }: { row: Row; unit: string; deciding: boolean }) {
  const { criterion, overall } = row;
  const scale = criterionScale(criterion, unit);
  const words = overall
    ? `${scale.difference(overall.estimate)}, from ${scale.difference(overall.low)} to ${scale.difference(overall.high)}, limit ${scale.difference(overall.limit)}`
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
      <td data-label="Outcome">
        {overall ? (
          <OutcomeBadge outcome={overall.outcome} reason={overall.reason} />
        ) : (
          <span className="quiet">–</span>
        )}
        {overall && overall.reason !== 'decided' ? (
          <span className={styles.reason}>{outcomeReasonWords[overall.reason]}</span>
        ) : null}
        {overall?.outcome === 'inconclusive' && overall.moreSamples !== null ? (
          <span className={styles.reason}>about {formatCount(overall.moreSamples)} more samples</span>
        ) : null}
      </td>
      <td className="number" data-label="Baseline">
        <Arm value={overall?.baseline?.value ?? null} arm={overall?.baseline ?? null} scale={scale.value} />
      </td>
      <td className="number" data-label="Candidate">
        <Arm value={overall?.candidate.value ?? null} arm={overall?.candidate ?? null} scale={scale.value} />
      </td>
      <td data-label="Interval against limit">
        <WhiskerPicture
          estimate={overall?.estimate ?? null}
          low={overall?.low ?? null}
          high={overall?.high ?? null}
          limit={overall?.limit ?? null}
          better={criterion.better}
          against={scale.against}
          outcome={overall?.outcome ?? 'no_data'}
          label={`${criterion.name}: ${words}`}
        />
        <span className={styles.interval}>
          {overall?.low == null || overall.high == null
            ? `allowed ${limitSentence(criterion)}`
            : `${scale.difference(overall.low)} … ${scale.difference(overall.high)}, allowed ${limitSentence(criterion)}`}
        </span>
      </td>
      <td data-label="By cohort">
        <ul className={styles.cohorts}>
          {row.cohorts.length === 0 ? <li className="quiet">–</li> : null}
          {row.cohorts.map((o) => (
            <li key={o.cohort} data-outcome={o.outcome} title={cohortTitle(o, scale.difference)}>
              <Icon name={o.outcome} size={11} />
              <Name>{o.cohort || 'no cohort'}</Name>
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

function cohortTitle(o: CriterionOutcome, difference: (v: number | null) => string): string {
  const interval = o.low === null ? '' : ` (${difference(o.low)} … ${difference(o.high)})`;
  return `${o.cohort}: ${outcomeWords[o.outcome].label}, ${outcomeReasonWords[o.reason]}${interval}`;
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
          ? 'no arm'
          : arm.k === undefined
            ? `n ${formatCount(arm.n)}`
            : `${formatNumber(arm.k, 6)} / ${formatCount(arm.n)}`}
      </span>
    </>
  );
}
