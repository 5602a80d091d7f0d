/** What it is, how it stands, and whether it is still what was sealed. */
import Link from 'next/link';
import { Icon } from '@/app/ui/icon';
import { Badge } from '@/app/ui/page/badge';
import { postmortemStateWords, sealWords, subjectWords } from '@/app/ui/postmortem/words';
import { Ago, Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { PostmortemView, Subject } from '@/lib/postmortem/model';
import styles from './report.module.css';

export function Head({ view }: { view: PostmortemView }) {
  const { subject, state, title } = view;
  const { label, tone, says } = postmortemStateWords[state];
  return (
    <header className={styles.top}>
      <div className={styles.crumbs}>
        <Link href="/postmortems">Post-mortems</Link>
        <span aria-hidden="true">/</span>
        <Link href={`/features/${encodeURIComponent(subject.feature)}`}>
          <Name>{subject.feature}</Name>
        </Link>
        <span aria-hidden="true">/</span>
        <Name>{subject.environment}</Name>
      </div>
      <h1>
        <bdi>{visible(title)}</bdi>
      </h1>
      <p className={styles.facts}>
        <span title={says}>
          <Badge tone={tone}>{label}</Badge>
        </span>
        <Seal view={view} />
        <span>
          {subjectWords[subject.kind]}{' '}
          <span className="quiet">
            <Time at={view.from} /> to <Time at={view.to} grain="second" />
          </span>
        </span>
        <Places subject={subject} />
      </p>
      {view.settling ? (
        <p className={styles.note} role="note">
          <Icon name="clock" /> Facts are still coming in: Belay drafts it again by itself, and keeps what people wrote.
        </p>
      ) : null}
    </header>
  );
}

function Seal({ view }: { view: PostmortemView }) {
  const { seal } = view;
  const { label, tone, icon } = sealWords[seal.state];
  return (
    <span title={`${visible(seal.detail)}; checked just now`}>
      <Badge tone={tone} icon={icon}>
        {label}
      </Badge>
    </span>
  );
}

export function SealAlarm({ seal }: Pick<PostmortemView, 'seal'>) {
  if (seal.state !== 'broken') return null;
  return (
    <div className={styles.broken} role="alert" id="seal-broken">
      <Icon name="alert" size={20} />
      <div>
        <strong>This report is not what was sealed.</strong> Somebody changed the record behind Belay’s back:{' '}
        <bdi>{visible(seal.detail)}</bdi>. Do not rely on what follows; the exports say so too. Compare with a copy that
        was handed out earlier, and ask who can reach the database.
        <span className="quiet">
          {' '}
          Checked <Ago at={seal.checkedAt} />.
        </span>
      </div>
    </div>
  );
}

function Places({ subject }: { subject: Subject }) {
  const links: Array<[string, string]> = [];
  if (subject.rolloutId && subject.kind !== 'drill_run') links.push([`/rollouts/${subject.rolloutId}`, 'The rollout']);
  if (subject.kind === 'rollback' && subject.id) links.push([`/rollbacks/${subject.id}`, 'The rollback']);
  if (subject.kind === 'drill_run' && subject.id) links.push([`/drills/runs/${subject.id}`, 'The drill run']);
  return links.map(([href, text]) => (
    <Link key={href} href={href} prefetch={false} className="no-print">
      {text}
    </Link>
  ));
}
