/** The server that mail goes out through, and what each person is told by it. */

import { environmentsOf } from '@/app/ui/frame/environments';
import { MailForm, MailTest } from '@/app/ui/notice/mail.client';
import { MailboxState } from '@/app/ui/notice/mailbox.client';
import { DefaultWishes, MyNotices } from '@/app/ui/notice/wishes.client';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import styles from '@/app/ui/settings/settings.module.css';
import { holds } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { isDrillEnvironment } from '@/lib/drill/model';
import { getMail } from '@/lib/mail/mail';
import { getMyNotices, getNoticeDefaults } from '@/lib/notice/mine';

export async function MailSection({ ctx }: { ctx: Context }) {
  const mail = holds(ctx.actor, 'administer') ? await attempt(getMail(ctx)) : null;
  return (
    <Panel title="Mail" id="mail" note="the SMTP server that notices to mailboxes go out through" flush>
      {mail === null ? (
        <StateNote state="empty">Needs the role admin.</StateNote>
      ) : mail.ok ? (
        <>
          {mail.value === null ? (
            <StateNote state="empty">No server is set: what is told by mail waits, for three days.</StateNote>
          ) : null}
          <MailForm mail={mail.value} key={JSON.stringify(mail.value)} />
          {mail.value === null ? null : <MailTest />}
        </>
      ) : (
        <StateNote state="error">{mail.message}</StateNote>
      )}
    </Panel>
  );
}

/** `code`: of the link in the mail that asks whose mailbox it is. */
export async function MyNoticesSection({ ctx, code }: { ctx: Context; code: string | null }) {
  const admin = holds(ctx.actor, 'administer');
  const [mine, defaults, known] = await Promise.all([
    attempt(getMyNotices(ctx)),
    admin ? attempt(getNoticeDefaults(ctx)) : null,
    attempt(environmentsOf(ctx)),
  ]);
  const environments = valueOr(known, []).filter((name) => !isDrillEnvironment(name));
  return (
    <Panel title="My notices" id="my-notices" note="what Belay tells you by mail" flush>
      {mine.ok ? (
        <>
          {ctx.actor.kind === 'person' ? (
            <MailboxState mailbox={mine.value.mailbox} mail={mine.value.mail} code={code} />
          ) : null}
          <MyNotices mine={mine.value} environments={environments} />
        </>
      ) : (
        <StateNote state="error">{mine.message}</StateNote>
      )}
      {defaults?.ok ? (
        <details className={styles.more}>
          <summary>What people are told who have said nothing themselves</summary>
          <DefaultWishes wishes={defaults.value} environments={environments} allowed={admin} />
        </details>
      ) : null}
    </Panel>
  );
}
