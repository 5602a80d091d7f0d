/** Who is told what. Pure. */
import { allowed, type Permission, type Role } from '@/lib/access/model';
import { isChosen, type Notice, type NoticeKind, type Wishes } from './model';

type Shared = { kinds: NoticeKind[]; environments: string[] };

/** An address without kinds or environments wants all of them; what concerns all environments goes to everybody. */
export function addressWants({ kinds, environments }: Shared, notice: Pick<Notice, 'kind' | 'environment'>): boolean {
  const kind = kinds.length === 0 || kinds.includes(notice.kind);
  return (
    kind && (environments.length === 0 || notice.environment === null || environments.includes(notice.environment))
  );
}

/** What waits for somebody, and what that one must be allowed to do; of the rest nobody has to do anything. */
const waitsFor: Partial<Record<NoticeKind, Permission>> = {
  rollback_unconfirmed: 'operate',
  rollback_waits_for_person: 'operate',
  rollback_cap_reached: 'operate',
  rollout_held: 'operate',
  approval_requested: 'approve',
  drill_waits_for_person: 'operate',
  review_asked: 'view',
  postmortem_sent: 'view',
  action_due: 'view',
};

export type Recipient = { id: string; name: string; role: Role; disabled: boolean };

export function personWants(
  person: Recipient,
  wishes: Wishes,
  notice: Pick<Notice, 'kind' | 'environment' | 'people'>,
): boolean {
  if (person.disabled || !allowed[person.role].includes('view')) return false;
  const { people } = notice;
  if (people && !people.includes(person.id) && !people.includes(person.name)) return false;
  if (wishes.quiet && !waitsForThem(person, notice.kind)) return false;
  return isChosen(wishes, notice.kind, notice.environment);
}

function waitsForThem({ role }: Recipient, kind: NoticeKind): boolean {
  const needed = waitsFor[kind];
  return needed !== undefined && allowed[role].includes(needed);
}
