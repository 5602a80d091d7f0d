/** What a reader has to know in ten seconds; each cell cites, and leads to where more of it stands. */
import { Cite } from '@/app/ui/text/cite.client';
import { visible } from '@/app/ui/text/name';
import { type Glance as Cell, glanceOf } from '@/lib/postmortem/hand-out/glance';
import type { Report } from '@/lib/postmortem/hand-out/report';
import { sourceKey } from '@/lib/postmortem/source-model';
import styles from './glance.module.css';

export function Glance({ report }: { report: Report }) {
  return (
    <section aria-label="At a glance">
      <dl className={styles.glance}>
        {glanceOf(report).map((cell) => (
          <div key={`${cell.name}/${cell.label}`} data-glance={cell.name} data-tone={cell.tone}>
            <dt>
              <a href={`#${cell.part}`}>{visible(cell.label)}</a>
            </dt>
            <dd>
              <strong>
                <Says cell={cell} />
              </strong>
              {cell.more ? <bdi>{visible(cell.more)}</bdi> : null}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Says({ cell: { says, label, sources } }: { cell: Cell }) {
  const text = visible(says);
  if (sources.length === 0) return <bdi>{text}</bdi>;
  return (
    <Cite keys={sources.map(sourceKey)} said={`${visible(label)}: ${text}`}>
      <bdi>{text}</bdi>
    </Cite>
  );
}
