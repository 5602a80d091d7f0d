/** What people are told of, in plain words. */

import { visible } from '@/app/ui/text/name';
import type { Tone } from '@/app/ui/text/words';
import type { NoticeKind, NoticeView } from '@/lib/notice/model';
import type { Sent } from '@/lib/webhook/model';

export const noticeKindWords: Record<NoticeKind, string> = {
  rollback_decided: 'a rollback begins',
  rollback_verified: 'a rollback is verified',
  rollback_unconfirmed: 'a rollback is not confirmed',
  rollback_waits_for_person: 'a rollback waits for a person',
  rollback_cap_reached: 'Belay asks before it rolls back once more',
  rollout_held: 'a rollout is put on hold',
  approval_requested: 'an approval is asked for',
  drill_waits_for_person: 'a drill asks somebody what to do',
  drill_failed: 'a drill failed',
  status_update: 'stakeholders are told how things stand',
  postmortem_drafted: 'a post-mortem was drafted',
  review_asked: 'a post-mortem is to be reviewed',
  postmortem_published: 'a post-mortem is published',
  postmortem_sent: 'somebody sends a post-mortem',
  action_due: 'an action item is due or overdue',
};

export const noticeStateWords: Record<NoticeView['state'], { label: string; tone: Tone }> = {
  pending: { label: 'Not yet told', tone: 'warn' },
  delivered: { label: 'Told', tone: 'good' },
  failed: { label: 'Could not be told', tone: 'bad' },
};

/** What came of a test, as one sentence. */
export function sentWords(sent: Sent): { ok: boolean; text: string } {
  if (sent.kind !== 'answered') return { ok: false, text: `It did not arrive: ${sent.why}.` };
  const ok = sent.status >= 200 && sent.status < 300;
  return ok
    ? { ok, text: `It arrived; the receiver answered ${sent.status}.` }
    : { ok, text: `The receiver answered ${sent.status}, which says that it was not taken.` };
}

/** What came of a mail, with the server's own words. */
export function mailWords(sent: Sent): { ok: boolean; text: string } {
  if (sent.kind !== 'answered') return { ok: false, text: `It was not sent: ${sent.why}.` };
  const ok = sent.status >= 200 && sent.status < 300;
  const said = visible(sent.body || String(sent.status));
  return ok
    ? { ok, text: `The mail server took it; it answered “${said}”.` }
    : { ok, text: `The mail server did not take it; it answered “${said}”.` };
}
