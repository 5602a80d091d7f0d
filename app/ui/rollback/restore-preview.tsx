/** What a restore would change, line by line, and what it would not: for the dialog and for whoever restores a snapshot. */

import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { formatNumber } from '@/lib/chart/format';
import type { Difference, RestorePreview } from '@/lib/snapshot/model';
import styles from './rollback.module.css';
import { causeWords, partWords } from './words';

/** A value as people write it: text bare, the rest as JSON, nothing as a word. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return visible(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Whom or what a line is about, below the heading of its part. */
function pathText({ part, path }: Difference): string {
  const bare = path.startsWith(`${part}.`) ? path.slice(part.length + 1) : path;
  if (part !== 'exposure') return bare;
  return { '*': 'everybody', others: 'everybody else', withdrawn: 'taken back from' }[bare] ?? bare;
}

/** Exposure as a share of a version; whoever is not exposed has the baseline. */
function sideText(part: Difference['part'], value: unknown): string {
  if (part !== 'exposure') return valueText(value);
  if (value === null || value === undefined) return 'the baseline';
  const { version, share } = value as { version?: unknown; share?: unknown };
  if (typeof version === 'string' && typeof share === 'number')
    return `${visible(version)} ${formatNumber(share)}\u202f%`;
  return Array.isArray(value) ? value.map(valueText).join(', ') : valueText(value);
}

/** Who is in no cohort has the baseline with an exposure and without one: that is no change by itself. */
function telling(all: Difference[]): Difference[] {
  const exposed = all.some((d) => d.part === 'exposure' && d.path !== 'exposure.others');
  return exposed ? all.filter((d) => d.path !== 'exposure.others' || (d.from !== null && d.to !== null)) : all;
}

export function DifferenceList({ differences }: { differences: Difference[] }) {
  const told = telling(differences);
  return [...new Set(told.map((d) => d.part))].map((part) => (
    <div key={part} className={styles.part}>
      <h3>{partWords[part]}</h3>
      <ul>
        {told
          .filter((d) => d.part === part)
          .map((d) => (
            <li key={d.path} className={styles.line}>
              <bdi>{visible(pathText(d))}</bdi>
              <del>{sideText(part, d.from)}</del>
              <span aria-hidden="true">→</span>
              <ins>{sideText(part, d.to)}</ins>
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
