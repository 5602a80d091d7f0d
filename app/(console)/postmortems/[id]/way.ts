/** What whoever looks may do with a report now. The face decides again; this is what is offered. */
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { holds } from '@/lib/access/authorise';
import { listPeople, type PersonView } from '@/lib/access/people';
import type { Context } from '@/lib/context';
import { getActionDays } from '@/lib/postmortem/action/days';
import { getTracker } from '@/lib/postmortem/action/tracker';
import { audiencesOf } from '@/lib/postmortem/decide';
import type { PostmortemView } from '@/lib/postmortem/model';
import { sendingsOf } from '@/lib/postmortem/send';
import { listTemplates } from '@/lib/template/template';
import type { Way } from './review-bar.client';
import type { Sendable } from './send-it.client';

export async function wayOf(ctx: Context, view: PostmortemView) {
  const { state, reviews, versions } = view;
  const published = state === 'published' || state === 'amended';
  const version = versions.at(-1)?.number ?? 0;
  const operate = holds(ctx.actor, 'operate');
  const approve = holds(ctx.actor, 'approve');
  const bar: Way = {
    id: view.id,
    state,
    version,
    approvers: await approversOf(ctx),
    may: { operate, approve },
    asked: reviews.some((r) => r.person === ctx.actor.name && r.state === 'asked'),
    settling: view.settling,
  };
  return {
    published,
    bar,
    may: { edit: published ? approve : operate, comment: operate, audience: holds(ctx.actor, 'administer') },
  };
}

/** What it can still be started from by whoever looks: sections of a published one are amended, one by one. */
export async function templatesFor(ctx: Context, may: { edit: boolean }, published: boolean) {
  if (!may.edit || published) return [];
  const found = valueOr(await attempt(listTemplates(ctx, { kind: 'postmortem' })), []);
  return found.map(({ id, name }) => ({ id, name }));
}

/** What follows a report's actions: days of a zone, and a tracker, where it may be told of this report. */
export async function followedBy(ctx: Context, { audience }: PostmortemView) {
  const [days, tracker] = await Promise.all([getActionDays(ctx), getTracker(ctx)]);
  return { days, tracked: tracker.webhook !== null && (audience === 'viewer' || tracker.restricted) };
}

/** A broken one is sent to nobody: the copy would pass for the report. */
export async function sendableOf(ctx: Context, view: PostmortemView, published: boolean): Promise<Sendable> {
  const readers = (await peopleFor(ctx)).filter(
    ({ id, name, role, disabledAt }) =>
      disabledAt === null && audiencesOf({ kind: 'person', id, name, role, environment: null }).includes(view.audience),
  );
  return {
    id: view.id,
    version: view.versions.at(-1)?.number ?? 0,
    published,
    may: holds(ctx.actor, 'operate') && view.seal.state !== 'broken',
    readers: readers.map(({ name }) => name),
    sendings: valueOr(await attempt(sendingsOf(ctx, view.id)), []),
  };
}

async function approversOf(ctx: Context): Promise<string[]> {
  return (await peopleFor(ctx)).filter((p) => p.role === 'approver' || p.role === 'admin').map((p) => p.name);
}

/** Only who may see the people of this place is shown them. */
async function peopleFor(ctx: Context): Promise<PersonView[]> {
  return holds(ctx.actor, 'administer') ? valueOr(await attempt(listPeople(ctx)), []) : [];
}
