/** Where stakeholders are told of a rollout or an incident. */
import Link from 'next/link';
import { attempt } from '@/app/ui/page/attempt';
import { holds } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { StatusSubject } from '@/lib/status/model';
import { listStatusPages } from '@/lib/status/status';
import { OpenPage } from './orders.client';

export async function StatusLink(props: { ctx: Context; subject: StatusSubject; id: string }) {
  const { ctx, subject, id } = props;
  const found = await attempt(listStatusPages(ctx, { subject: { kind: subject, id }, limit: 1 }));
  if (!found.ok) return null;
  const [page] = found.value;
  if (!page) return holds(ctx.actor, 'operate') ? <OpenPage subject={subject} id={id} /> : null;
  return (
    <Link href={`/status/${page.id}`} prefetch={false}>
      Status page{page.drafts > 0 ? ` (${page.drafts} ${page.drafts === 1 ? 'draft waits' : 'drafts wait'})` : ''}
    </Link>
  );
}
