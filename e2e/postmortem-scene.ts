/** What tests of reports need around them: people with names and roles, and a report that is drafted. */
import { eq } from 'drizzle-orm';
import { person } from '@/drizzle/schema/access';
import { postmortem } from '@/drizzle/schema/postmortem';
import type { Actor, Role } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import { putFeature } from '@/lib/feature/feature';
import { newId } from '@/lib/id';
import type { Document, PostmortemView } from '@/lib/postmortem/model';
import { draftPostmortem } from '@/lib/postmortem/open';
import { getPostmortem } from '@/lib/postmortem/postmortem';
import { openPostmortem } from '@/lib/postmortem/stretch';
import type { testDatabase } from './database';

export type PersonName = 'vera' | 'otto' | 'ada' | 'abel' | 'root';
const roles: Record<PersonName, Role> = {
  vera: 'viewer',
  otto: 'operator',
  ada: 'approver',
  abel: 'approver',
  root: 'admin',
};

export function postmortemScene(store: ReturnType<typeof testDatabase>) {
  let clock = Date.parse('2026-11-22T08:00:00.000Z');
  let features = 0;
  const now = () => new Date(clock);
  const pass = (ms: number) => {
    clock += ms;
  };
  const as = (name: PersonName, over: Partial<Context> = {}): Context => {
    const actor: Actor = { kind: 'person', id: `per_${name}`, name, role: roles[name], environment: null };
    return store.context({ now, actor, ...over });
  };
  const key = (environment: string, role: Role = 'operator'): Context =>
    store.context({
      now,
      actor: { kind: 'key', id: `key_${environment}`, name: `key of ${environment}`, role, environment },
    });

  /** So that reviewers are known. */
  async function people(): Promise<void> {
    const rows = Object.entries(roles).map(([name, role]) => ({ id: `per_${name}`, name, role, createdAt: now() }));
    await store.database().db.insert(person).values(rows).onConflictDoNothing();
  }

  async function feature(name = `told-${++features}`): Promise<string> {
    const versions = { control: 1, treatment: 2 };
    await putFeature(as('root'), { key: name, owner: 'o', versions, baseline: 'control' });
    return name;
  }

  const stretch = (of: string, over: Record<string, unknown> = {}) => ({
    feature: of,
    environment: 'production',
    from: new Date(clock - 7_200_000).toISOString(),
    to: new Date(clock - 3_600_000).toISOString(),
    ...over,
  });

  async function draftNow(id: string): Promise<void> {
    await draftPostmortem({ db: store.database().db, now }, id);
  }

  /** Opened by otto, drafted, and read by him. */
  async function drafted(over: Record<string, unknown> = {}, of?: string): Promise<PostmortemView> {
    const { id } = await openPostmortem(as('otto'), stretch(of ?? (await feature()), over));
    await draftNow(id);
    return getPostmortem(as('otto'), id);
  }

  /** A report as others have left it; for what only reads. */
  async function planted(over: Partial<typeof postmortem.$inferInsert> = {}, document: Document | null = null) {
    const id = newId('pm', now());
    const at = now();
    await store
      .database()
      .db.insert(postmortem)
      .values({
        id,
        subjectKind: 'rollback',
        subjectId: id,
        feature: 'planted',
        environment: 'production',
        state: 'draft',
        title: 'Planted',
        revision: 0,
        fromAt: at,
        toAt: at,
        createdBy: 'test',
        createdAt: at,
        updatedAt: at,
        document,
        ...over,
      });
    return id;
  }

  const rowOf = async (id: string) => {
    const [row] = await store.database().db.select().from(postmortem).where(eq(postmortem.id, id));
    if (!row) throw new Error(`there is no report ${id}`);
    return row;
  };

  return { now, pass, as, key, people, feature, stretch, drafted, draftNow, planted, rowOf };
}
