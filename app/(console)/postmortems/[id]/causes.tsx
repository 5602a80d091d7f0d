/** What carries the excess, ranked, and what changed near its onset: a ranking, no finding. */

import { percentOf } from '@/app/ui/criterion/working';
import { changeWords, lasted } from '@/app/ui/postmortem/words';
import { Cite } from '@/app/ui/text/cite.client';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { foremost } from '@/lib/postmortem/draft/foremost';
import type { Candidate, NearChange } from '@/lib/postmortem/model';
import { sourceKey } from '@/lib/postmortem/source-model';
import styles from './report.module.css';

export function Candidates({ candidates }: { candidates: Candidate[] }) {
  if (candidates.length === 0) return null;
  const { shown, rest } = foremost(candidates);
  return (
    <div className="stack tight">
      <ol className={styles.candidates} aria-label="Candidates for the cause">
        {shown.map((c) => (
          <One key={idOf(c)} candidate={c} />
        ))}
      </ol>
      {rest.length > 0 ? (
        <details>
          <summary>{rest.length} more: by other criteria, or that stand out less, or only name the failure</summary>
          <ol className={styles.candidates} start={shown.length + 1}>
            {rest.map((c) => (
              <One key={idOf(c)} candidate={c} />
            ))}
          </ol>
        </details>
      ) : null}
    </div>
  );
}

const idOf = ({ criterion, cohort, key, value }: Candidate): string => JSON.stringify([criterion, cohort, key, value]);
const nameOf = ({ key, value }: Candidate): string =>
  key === 'cohort' ? `cohort ${value || '(none)'}` : `${key} = ${value ?? '(not set)'}`;

function One({ candidate }: { candidate: Candidate }) {
  const { share, traffic, clear, newHere, symptom, criterion, cohort } = candidate;
  const marks = [
    newHere ? 'only the candidate has it' : '',
    symptom ? 'names the failure, not where it comes from' : '',
    clear ? '' : 'chance could explain it',
  ].filter(Boolean);
  return (
    <li data-clear={(clear && !symptom) || undefined}>
      <p>
        <Cite keys={candidate.sources.map(sourceKey)} said={visible(nameOf(candidate))}>
          <Name>{nameOf(candidate)}</Name>
        </Cite>{' '}
        {share === null ? (
          'carries a part'
        ) : (
          <>
            carries <strong>{percentOf(Math.min(share, 1))}</strong>
          </>
        )}{' '}
        of the excess of <Name>{criterion}</Name>
        {cohort === null ? null : (
          <>
            {' '}
            in <Name>{cohort}</Name>
          </>
        )}
        {traffic === null ? null : <> with {percentOf(traffic)} of the requests</>}
        {marks.length > 0 ? <span className="quiet"> ({marks.join('; ')})</span> : null}
      </p>
      <span className={styles.bar} aria-hidden="true">
        <i style={{ width: `${100 * Math.min(1, Math.max(0, share ?? 0))}%` }} />
        {traffic === null ? null : <b style={{ left: `${100 * Math.min(1, traffic)}%` }} />}
      </span>
    </li>
  );
}

export function NearChanges({ changes }: { changes: NearChange[] }) {
  if (changes.length === 0) return null;
  return (
    <div>
      <h3>What changed near the onset</h3>
      <ul className={styles.changes} aria-label="Changes near the onset">
        {changes.map((change) => (
          <li key={`${change.at} ${change.kind} ${change.text}`} data-before={change.offsetMs <= 0 || undefined}>
            <Time at={change.at} grain="second" />
            <span className={styles.offset}>
              {change.offsetMs === 0
                ? 'at the onset'
                : `${lasted(change.offsetMs)} ${change.offsetMs < 0 ? 'before' : 'after'}`}
            </span>
            <span className={styles.kind}>{changeWords[change.kind]}</span>
            <Cite keys={change.sources.map(sourceKey)} said={visible(change.text)}>
              <bdi>{visible(change.text)}</bdi>
            </Cite>
          </li>
        ))}
      </ul>
    </div>
  );
}
