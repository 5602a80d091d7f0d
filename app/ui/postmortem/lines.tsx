import Link from 'next/link';
import { Badge } from '@/app/ui/page/badge';
import { Ago, Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { PostmortemLine } from '@/lib/postmortem/model';
import styles from './lines.module.css';
import { postmortemStateWords, subjectWords } from './words';

export function Lines({ lines }: { lines: PostmortemLine[] }) {
  return (
    <ul className={styles.lines} aria-label="Post-mortems">
      {lines.map((line) => (
        <Line key={line.id} line={line} />
      ))}
    </ul>
  );
}

function Line({ line }: { line: PostmortemLine }) {
  const { subject, state, openActions, overdueActions } = line;
  const words = postmortemStateWords[state];
  return (
    <li data-postmortem={line.id}>
      <div className={styles.what}>
        <Link href={`/postmortems/${line.id}`} prefetch={false} className={styles.title}>
          <bdi>{visible(line.title)}</bdi>
        </Link>
        <p className={styles.summary}>
          <bdi>{visible(line.excerpt || line.summary)}</bdi>
        </p>
        <p className={styles.about}>
          <span>{subjectWords[subject.kind]}</span>
          <Name>{subject.feature}</Name>
          <Name>{subject.environment}</Name>
          <span>
            <Time at={subject.kind === 'stretch' ? line.from : line.createdAt} />
          </span>
        </p>
      </div>
      <div className={styles.how}>
        <span title={words.says}>
          <Badge tone={words.tone}>{words.label}</Badge>
        </span>
        {openActions > 0 ? (
          <span className={overdueActions > 0 ? styles.overdue : 'quiet'}>
            {openActions} open {openActions === 1 ? 'action' : 'actions'}
            {overdueActions > 0 ? `, ${overdueActions} overdue` : ''}
          </span>
        ) : null}
        <span className="quiet">
          {line.publishedAt ? (
            <>
              published <Ago at={line.publishedAt} />
            </>
          ) : (
            <>
              opened <Ago at={line.createdAt} />
            </>
          )}
        </span>
      </div>
    </li>
  );
}
