/** What a restore would change, line by line, and what it would not: for the dialog and for whoever restores a snapshot. */
import type { Difference, RestorePreview } from '@/lib/snapshot/model';
import { Time } from './clock.client';
import { Name, visible } from './name';
import styles from './rollback.module.css';
import { causeWords, partWords } from './rollback-words';

/** A value as people write it: text bare, the rest as JSON, nothing as a word. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return visible(typeof value === 'string' ? value : JSON.stringify(value));
}

export function DifferenceList({ differences }: { differences: Difference[] }) {
  const parts = [...new Set(differences.map((d) => d.part))];
  return parts.map((part) => (
    <div key={part}>
      <h3>{partWords[part]}</h3>
      <ul>
        {differences
          .filter((d) => d.part === part)
          .map((d) => (
            <li key={d.path} className={styles.line}>
              <bdi>{visible(d.path)}</bdi>
              <del>{valueText(d.from)}</del>
              <span aria-hidden="true">→</span>
              <ins>{valueText(d.to)}</ins>
            </li>
          ))}
      </ul>
    </div>
  ));
}

const howWords = { sql: 'by Belay, in SQL', webhook: 'by a call', manual: 'by a person' } as const;

export function RestoreList({ restore }: { restore: RestorePreview }) {
  const { changes, reverts, remains, checks, people, target, plane } = restore;
  return (
    <div className={styles.preview}>
      <p className="small quiet">
        Back to the snapshot {causeWords[target.cause]}, <Time at={target.takenAt} grain="second" />, through{' '}
        {plane === 'builtin' ? 'Belay’s own flags' : <Name>{plane}</Name>}.
      </p>
      {changes.length === 0 && reverts.length === 0 ? <p>Everything is as it was then: nothing is changed.</p> : null}
      <DifferenceList differences={changes} />
      {reverts.length > 0 ? (
        <div>
          <h3>Migrations reverted, in this order</h3>
          <ol>
            {reverts.map((r) => (
              <li key={r.step}>
                <Name>{r.name}</Name>{' '}
                <span className="quiet">
                  {howWords[r.how]}, owner <Name>{r.owner}</Name>
                </span>
              </li>
            ))}
          </ol>
        </div>
      ) : null}
      {remains.length > 0 ? (
        <div className={styles.remains}>
          <h3>Stays as it is</h3>
          <ul>
            {remains.map((r) => (
              <li key={r.what}>
                <strong>
                  <bdi>{visible(r.what)}</bdi>
                </strong>
                : <bdi>{visible(r.why)}</bdi>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      {checks.length > 0 ? (
        <p className="small">
          <strong>Then checked:</strong> {checks.map((c) => visible(c.name)).join(', ')}
        </p>
      ) : (
        <p className="small quiet">No integrity check is declared.</p>
      )}
      {people.length > 0 ? (
        <p className="small">
          <strong>For people:</strong>{' '}
          {people.map((p) => `${visible(p.title)}${p.blocking ? ' (must be done)' : ''}`).join(', ')}
        </p>
      ) : null}
    </div>
  );
}
