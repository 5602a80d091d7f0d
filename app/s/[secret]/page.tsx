/**
 * A status page for strangers: whoever has the link. No session is looked at and no cookie is set; what was not sent
 * for the public is not here. It works without scripts, which then loads again by itself.
 */
import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import { LocalTime, Poll } from '@/app/ui/status/public-page.client';
import { Lines } from '@/app/ui/text/lines';
import { visible } from '@/app/ui/text/name';
import { formatTime } from '@/lib/chart/time';
import { peerOf } from '@/lib/http/credentials';
import type { PublicPage } from '@/lib/status/model';
import { getPublicDoor, now } from '@/lib/wiring';
import styles from './public.module.css';

type Props = { params: Promise<{ secret: string }> };
export const dynamic = 'force-dynamic';

/**
 * Once a request, for its title and for the page. One answer for a link that never was and one that was revoked: to an
 * address that is none, because Next renders what `notFound()` shows in the browser only, and strangers may have no
 * script.
 */
const readOrNowhere = cache(async (secret: string): Promise<PublicPage> => {
  const page = await getPublicDoor().read(secret, peerOf(await headers()));
  return page === 'later' ? redirect('/s/busy') : (page ?? redirect('/s'));
});

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const page = await readOrNowhere((await params).secret);
  return {
    title: { absolute: visible(page.title) },
    description: null,
    robots: { index: false, follow: false },
    referrer: 'no-referrer',
  };
}

export default async function PublicStatus({ params }: Props) {
  const page = await readOrNowhere((await params).secret);
  return (
    <main className={styles.page}>
      <noscript>
        <meta httpEquiv="refresh" content="60" />
      </noscript>
      <Poll everyMs={30_000} />
      <h1>
        <bdi>{visible(page.title)}</bdi>
      </h1>
      <Now page={page} />
      <section aria-labelledby="updates">
        <h2 id="updates">Updates</h2>
        {page.updates.length === 0 ? <p>There are none yet. This page shows new ones by itself.</p> : null}
        <ol className={styles.updates}>
          {page.updates.map(({ at, text }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: strangers are given no ids, and two may go out together
            <li key={`${at} ${i}`}>
              <p className={styles.when}>
                <At at={at} />
              </p>
              <Lines className={styles.text} text={text} />
            </li>
          ))}
        </ol>
      </section>
      <p className={styles.foot}>
        {page.more ? 'Older updates are not shown. ' : ''}
        {page.closed ? 'This page is closed: there will be no more updates.' : 'New updates appear here by themselves.'}
      </p>
    </main>
  );
}

function Now({ page: { standing, next } }: { page: PublicPage }) {
  if (!standing) return null;
  const overdue = next !== null && Date.parse(next) < now().getTime();
  return (
    <section className={`toned ${styles.now}`} data-tone={standing.tone} aria-label="How things stand" role="status">
      <strong>{standing.text}</strong>
      <p className={styles.when}>
        Since <At at={standing.since} />
      </p>
      {next ? (
        <p className={styles.when}>
          {overdue ? 'The next update was promised by ' : 'The next update comes by '}
          <At at={next} />
          {overdue ? '; it is late.' : '.'}
        </p>
      ) : null}
    </section>
  );
}

const At = ({ at }: { at: string }) => (
  <LocalTime at={at} utc={`${formatTime(Date.parse(at), 'UTC').slice(0, 16)} UTC`} />
);
