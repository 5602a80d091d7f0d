/** Whom Belay tells, what it has told, and when it asks instead of rolling back. */

import { AddressForm, NoticeAddresses } from '@/app/ui/notice/address.client';
import styles from '@/app/ui/notice/notices.module.css';
import { CapForm, ConsoleForm } from '@/app/ui/notice/settings.client';
import { NoticeTable } from '@/app/ui/notice/table.client';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { holds } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { getMail } from '@/lib/mail/mail';
import { getConsoleAddress, listAddresses } from '@/lib/notice/address';
import { listNotices } from '@/lib/notice/notice';
import { getRollbackCap } from '@/lib/rollout/act/cap';
import { rollbackCapInput } from '@/lib/rollout/model';
import { listWebhooks } from '@/lib/webhook/target';

export async function CapSection({ ctx }: { ctx: Context }) {
  const cap = await attempt(getRollbackCap(ctx));
  return (
    <Panel title="When Belay asks" id="rollback-cap" note="rollbacks that it does by itself, in each environment">
      <CapForm cap={valueOr(cap, rollbackCapInput.parse({}))} allowed={cap.ok && holds(ctx.actor, 'administer')} />
    </Panel>
  );
}

export async function NoticeSection({ ctx }: { ctx: Context }) {
  const admin = holds(ctx.actor, 'administer');
  const [addresses, notices, home, webhooks, mail] = await Promise.all([
    attempt(listAddresses(ctx)),
    attempt(listNotices(ctx, { limit: 20 })),
    attempt(getConsoleAddress(ctx)),
    admin ? attempt(listWebhooks(ctx)) : null,
    admin ? attempt(getMail(ctx)) : null,
  ]);
  const hooks = webhooks ? valueOr(webhooks, []) : null;
  const told = valueOr(addresses, []);
  const free = (hooks ?? []).filter((w) => !told.some((a) => a.webhook?.id === w.id));
  return (
    <>
      <Panel
        title="Notices"
        id="notices"
        note="whom Belay tells by itself: chats and pagers through registered webhooks, and mailboxes"
        flush
      >
        {addresses.ok ? null : <StateNote state="error">{addresses.message}</StateNote>}
        {addresses.ok && told.length === 0 ? (
          <StateNote state="empty">
            Nobody is told. When a rollback cannot be confirmed, only this console says so.
          </StateNote>
        ) : (
          <NoticeAddresses addresses={told} webhooks={hooks} mail={mail !== null && valueOr(mail, null) !== null} />
        )}
        {admin ? <AddressForm webhooks={free} key={free.map((w) => w.id).join()} /> : null}
        {admin && free.length === 0 ? (
          <p className={`quiet small ${styles.note}`}>
            {hooks && hooks.length > 0
              ? 'Every registered webhook is told.'
              : 'Register a webhook to tell a chat or a pager too.'}
          </p>
        ) : null}
        <ConsoleForm url={valueOr(home, { url: null }).url} allowed={home.ok && admin} />
      </Panel>
      <Panel title="Told lately" id="told" note="the newest 20; each is sent until it is taken, for three days" flush>
        {notices.ok ? (
          <NoticeTable notices={notices.value} allowed={holds(ctx.actor, 'operate')} />
        ) : (
          <StateNote state="error">{notices.message}</StateNote>
        )}
      </Panel>
    </>
  );
}
