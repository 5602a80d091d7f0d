/** People: invited by a one-time link, signed in by redeeming it, known by a session until it ends. */
import { and, asc, count, eq, gt, isNull, lt, sql } from 'drizzle-orm';
import { person, session, signInLink } from '@/drizzle/schema/access';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { BelayError, conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { authorise } from './authorise';
import { type Actor, inviteInput, type Role, roleInput } from './model';
import { randomText, sha256 } from './secret';

const minute = 60_000;
const linkLife = 15 * minute;
/** A session ends 12 hours after its last use, and 7 days after it began at the latest. */
const sessionIdle = 12 * 60 * minute;
const sessionLife = 7 * 24 * 60 * minute;
/** A session's end moves at most this often: reading a page should not be a write. */
const slideEvery = 5 * minute;

const shell: Actor = { kind: 'rule', id: 'sign-in-link', name: 'sign-in link', environment: null };

export type SignInLink = { token: string; expiresAt: Date };
export type PersonView = { id: string; name: string; role: Role; createdAt: string; disabledAt: string | null };

/**
 * For whoever holds the machine (the supervisor, the shell): makes the person if there is none of that name,
 * the first one an admin. An existing person's role stays as it is.
 */
export async function createSignInLink(db: Db, now: Date, personName: string, role?: Role): Promise<SignInLink> {
  const name = parseInput(inviteInput.shape.name, personName);
  return db.transaction(async (tx) => {
    // Asked twice at once for a new name, one adds the person and the other finds them.
    const id =
      (await personId(tx, name)) ?? (await addPerson(tx, now, shell, name, role)) ?? (await personId(tx, name));
    if (id === null) throw notFound('person', name);
    return addLink(tx, now, id);
  });
}

async function personId(tx: Tx, name: string): Promise<string | null> {
  const [found] = await tx.select({ id: person.id }).from(person).where(eq(person.name, name));
  return found?.id ?? null;
}

/** null: the name is taken */
async function addPerson(tx: Tx, now: Date, actor: Actor, name: string, given?: Role): Promise<string | null> {
  const [people] = await tx.select({ n: count() }).from(person);
  const role: Role = given ?? (people?.n === 0 ? 'admin' : 'viewer');
  const [made] = await tx
    .insert(person)
    .values({ id: newId('per', now), name, role, createdAt: now })
    .onConflictDoNothing()
    .returning();
  if (!made) return null;
  await record(tx, now, actor, {
    kind: 'person.changed',
    reason: `${name} was added with the role ${role}`,
    data: { id: made.id, name, role },
  });
  return made.id;
}

async function addLink(tx: Tx, now: Date, id: string): Promise<SignInLink> {
  const token = randomText(40);
  const expiresAt = new Date(now.getTime() + linkLife);
  await tx.insert(signInLink).values({ hash: sha256(token), personId: id, createdAt: now, expiresAt });
  return { token, expiresAt };
}

/** Adds a person; the link is theirs to open within 15 minutes. */
export async function invite(ctx: Context, input: unknown): Promise<{ id: string } & SignInLink> {
  authorise(ctx.actor, 'administer', null);
  const given = parseInput(inviteInput, input);
  return ctx.db.transaction(async (tx) => {
    const id = await addPerson(tx, ctx.now(), ctx.actor, given.name, given.role);
    if (id === null)
      throw conflict(`There is already a person called ${given.name}`, [{ field: 'name', message: 'is taken' }]);
    return { id, ...(await addLink(tx, ctx.now(), id)) };
  });
}

/** A new link for somebody who is already here. */
export async function linkFor(ctx: Context, id: string): Promise<SignInLink> {
  authorise(ctx.actor, 'administer', null);
  return ctx.db.transaction(async (tx) => {
    const [found] = await tx.select().from(person).where(eq(person.id, id));
    if (!found) throw notFound('person', id);
    return addLink(tx, ctx.now(), id);
  });
}

export type SignedIn = { session: string; actor: Actor; expiresAt: Date };

/**
 * Uses a link up and opens a session in one statement, so that of any number of tries at once one wins.
 * The session's secret is new: nothing that a browser brought along is kept.
 */
export async function redeemSignInLink(db: Db, now: Date, token: string): Promise<SignedIn> {
  const secret = randomText(40);
  const expiresAt = new Date(now.getTime() + sessionIdle);
  const at = now.toISOString();
  return db.transaction(async (tx) => {
    const rows = (await tx.execute(sql`
      with used as (
        update ${signInLink} set used_at = ${at}::timestamptz
        where hash = ${sha256(token)} and used_at is null and expires_at > ${at}::timestamptz
        returning person_id
      ), known as (
        select p.id, p.name, p.role from ${person} p join used on used.person_id = p.id where p.disabled_at is null
      ), opened as (
        insert into ${session} (hash, person_id, created_at, expires_at)
        select ${sha256(secret)}, id, ${at}::timestamptz, ${expiresAt.toISOString()}::timestamptz from known
      )
      select id, name, role from known`)) as unknown as Array<{ id: string; name: string; role: Role }>;
    const [known] = rows;
    if (!known) throw new BelayError('unauthenticated', 'This sign-in link was used, has expired, or never was');
    const actor: Actor = { kind: 'person', ...known, environment: null };
    await record(tx, now, actor, { kind: 'person.signed_in', reason: `${known.name} signed in` });
    return { session: secret, actor, expiresAt };
  });
}

/** Who a session stands for, with the role that the person has now; its end moves on with use. */
export async function readSession(db: Db, now: Date, secret: string): Promise<Actor | null> {
  const hash = sha256(secret);
  const [row] = await db
    .select({ id: person.id, name: person.name, role: person.role, began: session.createdAt, ends: session.expiresAt })
    .from(session)
    .innerJoin(person, eq(person.id, session.personId))
    .where(and(eq(session.hash, hash), gt(session.expiresAt, now), isNull(person.disabledAt)));
  if (!row) return null;
  const ends = Math.min(now.getTime() + sessionIdle, row.began.getTime() + sessionLife);
  if (ends - row.ends.getTime() >= slideEvery)
    await db
      .update(session)
      .set({ expiresAt: new Date(ends) })
      .where(eq(session.hash, hash));
  return { kind: 'person', id: row.id, name: row.name, role: row.role, environment: null };
}

export async function endSession(db: Db, secret: string): Promise<void> {
  await db.delete(session).where(eq(session.hash, sha256(secret)));
}

export async function listPeople(ctx: Context): Promise<PersonView[]> {
  authorise(ctx.actor, 'administer', null);
  return (await ctx.db.select().from(person).orderBy(asc(person.name))).map(view);
}

/** Holds from the person's next request on. */
export async function setRole(ctx: Context, id: string, role: unknown): Promise<PersonView> {
  authorise(ctx.actor, 'administer', null);
  const given = parseInput(roleInput, { role });
  return change(ctx, id, { role: given.role }, (name) => `${name} has the role ${given.role} now`);
}

/** Ends their sessions and voids their links. */
export async function disablePerson(ctx: Context, id: string): Promise<PersonView> {
  authorise(ctx.actor, 'administer', null);
  return change(ctx, id, { disabledAt: ctx.now() }, (name) => `${name} may not sign in any more`);
}

async function change(
  ctx: Context,
  id: string,
  set: { role?: Role; disabledAt?: Date },
  say: (name: string) => string,
): Promise<PersonView> {
  return ctx.db.transaction(async (tx) => {
    // Two admins who step down at once must not leave nobody: the admins are locked, not only the one.
    const admins = await tx
      .select({ id: person.id })
      .from(person)
      .where(and(eq(person.role, 'admin'), isNull(person.disabledAt)))
      .orderBy(asc(person.id))
      .for('update');
    const [before] = await tx.select().from(person).where(eq(person.id, id)).for('update');
    if (!before) throw notFound('person', id);
    const staysAdmin = set.role === 'admin' || (set.role === undefined && !set.disabledAt);
    if (!staysAdmin && admins.length === 1 && admins[0]?.id === id)
      throw conflict(`${before.name} is the only admin`, [{ field: 'role', message: 'somebody must stay admin' }]);
    const [after] = await tx.update(person).set(set).where(eq(person.id, id)).returning();
    if (!after) throw notFound('person', id);
    if (set.disabledAt) {
      await tx.delete(session).where(eq(session.personId, id));
      await tx.delete(signInLink).where(eq(signInLink.personId, id));
    }
    await record(tx, ctx.now(), ctx.actor, {
      kind: 'person.changed',
      reason: say(before.name),
      data: { id, name: before.name, role: after.role, disabled: after.disabledAt !== null },
    });
    return view(after);
  });
}

/** Drops what can never be used again. */
export async function dropExpired(db: Db, now: Date): Promise<void> {
  await db.delete(session).where(lt(session.expiresAt, now));
  await db.delete(signInLink).where(lt(signInLink.expiresAt, new Date(now.getTime() - linkLife)));
}

function view(row: typeof person.$inferSelect): PersonView {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    createdAt: row.createdAt.toISOString(),
    disabledAt: row.disabledAt?.toISOString() ?? null,
  };
}
