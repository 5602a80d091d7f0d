'use client';
import Link from 'next/link';
import { FormError, useSend } from '@/app/ui/form/form.client';
import { Badge } from '@/app/ui/page/badge';
import { StateNote } from '@/app/ui/page/panel';
import { Scroll } from '@/app/ui/page/scroll';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { NoticeView } from '@/lib/notice/model';
import styles from './notices.module.css';
import { noticeStateWords } from './words';

/** The newest notices, with what went wrong; a failed one can be sent again. */
export function NoticeTable({ notices, allowed }: { notices: NoticeView[]; allowed: boolean }) {
  const { busy, refusal, run } = useSend();
  if (notices.length === 0) return <StateNote state="empty">Nobody has been told anything yet.</StateNote>;
  return (
    <>
      <FormError refusal={refusal} />
      <Scroll label="Notices, scrolls sideways">
        <table className={`cards ${styles.table}`}>
          <thead>
            <tr>
              <th scope="col">Notice</th>
              <th scope="col">To</th>
              <th scope="col">State</th>
              <th scope="col">When</th>
              <th scope="col">Again</th>
            </tr>
          </thead>
          <tbody>
            {notices.map((n) => (
              <tr key={n.id}>
                <th scope="row" className={styles.title}>
                  <Link href={n.path} prefetch={false}>
                    {visible(n.title)}
                  </Link>
                </th>
                <td data-label="To">
                  <Name>{n.address}</Name>
                </td>
                <td className={styles.state}>
                  <Badge tone={noticeStateWords[n.state].tone}>{noticeStateWords[n.state].label}</Badge>
                  {n.lastError || n.attempts > 1 ? (
                    <span className={styles.error}>
                      {n.lastError ? `${visible(n.lastError)}; ` : ''}
                      {n.attempts === 1 ? 'tried once' : `tried ${n.attempts} times`}
                    </span>
                  ) : null}
                  {n.maybeTwice ? (
                    <span className={styles.error}>
                      It may have come twice: once nobody knew whether it had been taken. Both have one Message-ID,
                      unless one went without its report.
                    </span>
                  ) : null}
                </td>
                <td className="quiet nowrap">
                  <Ago at={n.deliveredAt ?? n.at} />
                </td>
                <td>
                  {n.state === 'failed' ? (
                    <button
                      type="button"
                      className="button small"
                      aria-disabled={!allowed}
                      disabled={busy}
                      aria-label={`Send again: ${visible(n.title)}`}
                      title={allowed ? 'Send it again now' : 'Needs the role operator'}
                      onClick={() => allowed && void run('POST', `/notices/${n.id}/retry`)}
                    >
                      Send again
                    </button>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
