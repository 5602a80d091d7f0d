import Link from 'next/link';
import { found } from '@/app/(console)/found';
import { Badge } from '@/app/ui/page/badge';
import { Panel } from '@/app/ui/page/panel';
import { ClosePage, PublicLink } from '@/app/ui/status/orders.client';
import styles from '@/app/ui/status/status.module.css';
import { DraftForm, WriteUpdate } from '@/app/ui/status/update.client';
import { Ago, Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import { type StatusView, standingWords } from '@/lib/status/model';
import { getStatusPage } from '@/lib/status/status';
import { pageContext } from '@/lib/wiring';
import { Author, Updates } from './updates';

export const metadata = { title: 'Status page' };

export default async function StatusPage({ params }: { params: Promise<{ id: string }> }) {
  const ctx = await pageContext();
  const { id } = await params;
  const page = await found(getStatusPage(ctx, id));
  const may = holds(ctx.actor, 'operate') && !page.closed;
  const drafts = page.updates.filter(({ state }) => state === 'draft');
  const told = page.updates.filter(({ state }) => state === 'sent');
  const put = page.updates.filter(({ state }) => state === 'dropped');
  const [newest] = told;
  return (
    <div className="stack">
      <Head page={page} />
      <Now page={page} at={ctx.now().getTime()} />
      {drafts.length > 0 && !page.closed ? (
        <Panel title="Waits for you" id="drafts" note="nothing goes out before a person has read and sent it" flush>
          <Updates
            updates={drafts}
            form={may ? (update) => <DraftForm update={update} isPublic={page.public} /> : null}
          />
        </Panel>
      ) : null}
      <Panel title="Told" id="told" note="newest first; never changed" flush>
        {told.length === 0 ? (
          <p className={`quiet ${styles.untold}`}>Nobody has been told anything yet.</p>
        ) : (
          <Updates updates={told} form={null} />
        )}
      </Panel>
      {may ? (
        <Panel title="Write one yourself" id="write" note="or correct what was sent">
          <WriteUpdate pageId={id} standing={newest?.standing ?? drafts[0]?.standing ?? 'in_progress'} />
        </Panel>
      ) : null}
      <Panel title="Public page" id="public">
        {page.subject.kind === 'drill' ? (
          <p className="quiet">
            The page of a rehearsal stays inside. If people outside were touched, mark an incident on the feature’s
            page: it gets a page of its own.
          </p>
        ) : (
          <div className="stack">
            <LinkState page={page} />
            {holds(ctx.actor, 'operate') ? <PublicLink page={page} /> : null}
          </div>
        )}
      </Panel>
      {put.length > 0 ? (
        <details>
          <summary>Not sent ({put.length})</summary>
          <Updates updates={put} form={null} />
        </details>
      ) : null}
      {may ? (
        <div className="row">
          <ClosePage id={id} />
        </div>
      ) : null}
    </div>
  );
}

function Head({ page }: { page: StatusView }) {
  const { href, label } = subjectLink(page);
  return (
    <div>
      <p className="small quiet">
        <Link href="/status">Status pages</Link> / <Link href={href}>{label}</Link> / feature{' '}
        <Link href={`/features/${encodeURIComponent(page.feature)}`}>
          <Name>{page.feature}</Name>
        </Link>
      </p>
      <h1>
        <bdi>{visible(page.title)}</bdi>
      </h1>
      <p className="row quiet">
        <Badge tone={page.public ? 'warn' : 'plain'}>{page.public ? 'Public link' : 'Internal'}</Badge>
        {page.closed ? <Badge tone="plain">Closed</Badge> : null}
        <span>
          opened by <Author>{page.createdBy}</Author> <Ago at={page.createdAt} />
        </span>
      </p>
    </div>
  );
}

function subjectLink({ subject: { kind, id }, feature }: StatusView): { href: string; label: string } {
  if (kind === 'rollout') return { href: `/rollouts/${id}`, label: 'its rollout' };
  if (kind === 'postmortem') return { href: `/postmortems/${id}`, label: 'its post-mortem' };
  if (kind === 'drill') return { href: `/drills/runs/${id}`, label: 'its run' };
  return { href: `/features/${encodeURIComponent(feature)}#incidents`, label: 'its incident' };
}

/** What is true now, and what people have been told of it: not always the same. */
function Now({ page, at }: { page: StatusView; at: number }) {
  const { now } = page;
  const told = page.updates.find(({ state }) => state === 'sent');
  const late = told?.nextAt != null && Date.parse(told.nextAt) < at;
  const behind = now !== null && (!told || told.endedAt === null || told.endedAt < now.since);
  return (
    <section
      className={`toned ${styles.now}`}
      data-tone={told ? standingWords[told.standing].tone : 'plain'}
      aria-label="How things stand"
    >
      <p>{now ? <bdi>{visible(now.text)}</bdi> : 'Nothing has happened yet that is told.'}</p>
      <p className="quiet small">
        {now ? (
          <>
            since <Time at={now.since} /> (<Ago at={now.since} />
            ), <Link href={`/history?before=${now.event + 1}`}>event {now.event}</Link>
          </>
        ) : null}
      </p>
      <p className="small">
        {told ? (
          <>
            Told last: <strong>{standingWords[told.standing].label}</strong>,{' '}
            <Ago at={told.endedAt ?? told.createdAt} />
            {behind && !page.closed ? '. This has not been told yet.' : '.'}
            {told.nextAt && !page.closed ? (
              <>
                {' '}
                The next update {late ? 'was promised by' : 'comes by'} <Time at={told.nextAt} />
                {late ? <strong>; it is late.</strong> : '.'}
              </>
            ) : null}
          </>
        ) : (
          'Nobody has been told anything yet.'
        )}
      </p>
    </section>
  );
}

function LinkState({ page }: { page: StatusView }) {
  if (!page.link)
    return (
      <p className="quiet">
        There is no public link. With one, anybody who has it reads what was sent for the public, and nothing else: no
        names, no metrics, no events.
      </p>
    );
  return (
    <p>
      Public as <bdi>“{visible(page.publicTitle ?? '')}”</bdi> since <Time at={page.link.madeAt} />, by{' '}
      <Name>{page.link.madeBy}</Name>. Belay keeps only a hash of the link, so it cannot be shown again.
    </p>
  );
}
