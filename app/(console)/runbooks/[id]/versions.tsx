import Link from 'next/link';
import styles from '@/app/ui/runbook/runbook.module.css';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { defaultRunbook } from '@/lib/runbook/default';
import { type Difference, differences } from '@/lib/runbook/difference';
import type { RunbookView } from '@/lib/runbook/model';

/** Newest first, each with what it says otherwise than the one before; the first, than the one that comes with Belay. */
export function Versions({ versions, shown }: { versions: RunbookView[]; shown: number }) {
  return (
    <ol className={styles.versions}>
      {versions.map((version, i) => {
        const before = versions[i + 1];
        const changed = differences(before?.steps ?? defaultRunbook.steps, version.steps);
        return (
          <li key={version.version} aria-current={version.version === shown || undefined}>
            <div className="row between">
              <Link href={`/runbooks/${version.id}?version=${version.version}`} prefetch={false}>
                Version {version.version}
              </Link>
              <span className="small quiet">
                <Time at={version.at} grain="minute" /> by <Name>{version.by}</Name>
              </span>
            </div>
            <p>{visible(version.reason)}</p>
            <details open={version.version === shown}>
              <summary className="small">
                {changed.length === 0
                  ? 'No other steps'
                  : `${changed.length} ${changed.length === 1 ? 'change' : 'changes'}`}{' '}
                since {before ? `version ${before.version}` : 'Belay’s own'}
              </summary>
              <ul className={styles.changes}>
                {changed.map((d) => (
                  <li key={`${d.kind} ${d.name}`}>
                    <Said difference={d} />
                  </li>
                ))}
              </ul>
            </details>
          </li>
        );
      })}
    </ol>
  );
}

const verbs = { added: 'Added', removed: 'Removed', moved: 'Moved', changed: 'Changed' } as const;

function Said({ difference: d }: { difference: Difference }) {
  return (
    <>
      <strong>{verbs[d.kind]}</strong> {visible(d.title)}
      {d.kind === 'added' || d.kind === 'moved' ? (
        <span className="quiet">{d.after === null ? ', first of all' : `, after “${visible(d.after)}”`}</span>
      ) : null}
      {d.kind === 'changed' ? (
        <ul>
          {d.changes.map((c) => (
            <li key={c.field}>
              <code>{c.field}</code> {c.before ? <del>{visible(c.before)}</del> : null}{' '}
              {c.after ? <ins>{visible(c.after)}</ins> : null}
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}
