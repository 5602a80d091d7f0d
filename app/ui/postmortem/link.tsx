/** On the pages of what a report is about: that there is one, and how it stands. */
import Link from 'next/link';
import { Icon } from '@/app/ui/icon';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Badge } from '@/app/ui/page/badge';
import { visible } from '@/app/ui/text/name';
import type { Context } from '@/lib/context';
import type { PostmortemLine } from '@/lib/postmortem/model';
import { listPostmortems } from '@/lib/postmortem/postmortem';
import styles from './link.module.css';
import { postmortemStateWords } from './words';

/** @param subject id of a rollback, of a drill run or of a rollout */
export async function PostmortemLinks({ ctx, subject }: { ctx: Context; subject: string }) {
  const lines = valueOr(await attempt(listPostmortems(ctx, { subject, limit: 5 })), []);
  if (lines.length === 0) return null;
  return (
    <ul className={styles.links} aria-label="Post-mortems">
      {lines.map((line) => (
        <PostmortemLink key={line.id} line={line} />
      ))}
    </ul>
  );
}

function PostmortemLink({ line }: { line: PostmortemLine }) {
  const { label, tone, says } = postmortemStateWords[line.state];
  return (
    <li>
      <Icon name="table" />
      <Link href={`/postmortems/${line.id}`} prefetch={false}>
        Post-mortem: {label.toLowerCase()}
      </Link>
      <span title={says}>
        <Badge tone={tone}>{label}</Badge>
      </span>
      <bdi className={styles.title}>{visible(line.title)}</bdi>
      {line.openActions > 0 ? (
        <span className="quiet">
          {line.openActions} open {line.openActions === 1 ? 'action' : 'actions'}
          {line.overdueActions > 0 ? `, ${line.overdueActions} overdue` : ''}
        </span>
      ) : null}
    </li>
  );
}
