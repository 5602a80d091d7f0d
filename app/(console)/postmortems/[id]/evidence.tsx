/** Criteria and snapshots as they were when it was drafted; what became of them since changes nothing here. */
import { Fragment } from 'react';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { criterionKindWords } from '@/app/ui/text/words';
import type { Criterion } from '@/lib/criterion/model';
import type { Facts } from '@/lib/postmortem/facts';
import { countedOver } from '@/lib/postmortem/hand-out/counted-over';
import type { Report } from '@/lib/postmortem/hand-out/report';
import styles from './report.module.css';

export function AsItWas({ report }: { report: Report }) {
  const { facts } = report;
  if (!facts) return <p className="quiet">The evidence could not be read; the seal says whether it was changed.</p>;
  const criteria = facts.plan?.criteria ?? [];
  return (
    <>
      <Over report={report} />
      {criteria.length > 0 || facts.snapshots.length > 0 ? <Kept facts={facts} criteria={criteria} /> : null}
    </>
  );
}

/** The candidates' shares are of another stretch than the figures of the impact: a reader who compares them must know. */
function Over({ report }: { report: Report }) {
  return countedOver(report).map(({ criteria, from, to, what, impact }) => (
    <p key={criteria.join()} className="small quiet">
      What candidates carry of{' '}
      {criteria.map((name, i) => (
        <Fragment key={name}>
          {i > 0 ? ', ' : ''}
          <Name>{name}</Name>
        </Fragment>
      ))}{' '}
      is counted from <Time at={from} grain="second" /> to <Time at={to} grain="second" />: {what}.
      {impact ? (
        <>
          {' '}
          The impact is counted from <Time at={impact.from} grain="second" />, the earliest that it may have begun, to{' '}
          <Time at={impact.to} grain="second" />, where what is told ends.
        </>
      ) : null}
    </p>
  ));
}

function Kept({ facts, criteria }: { facts: Facts; criteria: Criterion[] }) {
  return (
    <details>
      <summary>Criteria and snapshots, as they were</summary>
      <ul className={styles.list}>
        {criteria.map((criterion) => (
          <li key={criterion.name}>
            <span>
              <Name>{criterion.name}</Name>{' '}
              <span className="quiet">{criterionKindWords[criterion.kind].label.toLowerCase()}</span>
            </span>
            <code className="small">{visible(ruleText(criterion))}</code>
          </li>
        ))}
        {facts.snapshots.map((snapshot) => (
          <li key={snapshot.id}>
            <span>
              Snapshot <code>{visible(snapshot.id)}</code> <span className="quiet">taken </span>
              <Time at={snapshot.takenAt} />
            </span>
            <code className="small">SHA-256 {visible(snapshot.digest)}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** As a plan writes it, without its name and kind. */
function ruleText({ name: _name, kind: _kind, ...rule }: Criterion): string {
  return Object.entries(rule)
    .filter(([, value]) => value !== null && value !== undefined && value !== '' && JSON.stringify(value) !== '{}')
    .map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ');
}
