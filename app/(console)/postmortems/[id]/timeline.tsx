/** The story in order. What is of little weight or hidden is put away, not left out; what people changed says so. */

import { StateNote } from '@/app/ui/page/panel';
import { milestoneWords } from '@/app/ui/postmortem/words';
import { Cite } from '@/app/ui/text/cite.client';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { CuratedEntry } from '@/lib/postmortem/curated';
import type { Curation } from '@/lib/postmortem/model';
import { sourceKey } from '@/lib/postmortem/source-model';
import styles from './report.module.css';

export function Timeline({
  entries,
  tools,
}: {
  entries: CuratedEntry[];
  tools?: (entry: CuratedEntry) => React.ReactNode;
}) {
  const told = entries.filter((e) => !e.hidden && !e.minor);
  const hidden = entries.filter((e) => e.hidden);
  const minor = entries.filter((e) => !e.hidden && e.minor);
  if (entries.length === 0) return <StateNote state="no_data">Nothing was recorded in this stretch.</StateNote>;
  return (
    <>
      <Entries label="Timeline" entries={told} tools={tools} />
      {minor.length > 0 ? (
        <details className={styles.away}>
          <summary>
            {minor.length} more {minor.length === 1 ? 'entry' : 'entries'} of little weight
          </summary>
          <Entries label="Entries of little weight" entries={minor} tools={tools} />
        </details>
      ) : null}
      {hidden.length > 0 ? (
        <details className={styles.away}>
          <summary>{hidden.length} hidden, each with who hid it and why</summary>
          <Entries label="Hidden entries" entries={hidden} tools={tools} />
        </details>
      ) : null}
    </>
  );
}

function Entries({
  label,
  entries,
  tools,
}: {
  label: string;
  entries: CuratedEntry[];
  tools: ((entry: CuratedEntry) => React.ReactNode) | undefined;
}) {
  return (
    <ol className={styles.timeline} aria-label={label}>
      {entries.map((entry) => (
        <li key={entry.id} data-entry={entry.id} data-tone={entry.tone} data-milestone={entry.milestone ?? undefined}>
          <Time at={entry.at} grain="second" />
          <div className={styles.entry}>
            <p>
              {entry.milestone ? <span className={styles.mark}>{milestoneWords[entry.milestone].label}</span> : null}
              <Cite keys={entry.sources.map(sourceKey)} said={visible(entry.text)}>
                <bdi>{visible(entry.text)}</bdi>
              </Cite>
              <span className="quiet">
                {' · '}
                <Name>{entry.who}</Name>
                {entry.added ? ' (added by hand)' : ''}
              </span>
            </p>
            {entry.trace.length > 0 ? <Trace entry={entry} /> : null}
          </div>
          {tools?.(entry)}
        </li>
      ))}
    </ol>
  );
}

const did: Record<Curation['kind'], string> = {
  hide: 'Hidden',
  show: 'Shown again',
  correct: 'Corrected',
  add: 'Added',
};

function Trace({ entry }: { entry: CuratedEntry }) {
  return (
    <ul className={styles.trace}>
      {entry.trace.map((c) => (
        <li key={c.id} data-curation={c.kind}>
          {did[c.kind]} by <Name>{c.by}</Name> <Time at={c.madeAt} grain="minute" />
          {c.reason ? (
            <>
              : <bdi>{visible(c.reason)}</bdi>
            </>
          ) : null}
        </li>
      ))}
      {entry.was ? (
        <li>
          Drafted as <Time at={entry.was.at} grain="second" /> “<bdi>{visible(entry.was.text)}</bdi>”
        </li>
      ) : null}
    </ul>
  );
}
