/**
 * `npm run -s key -- create --name N --role R [--environment E]` and its kin. Prints the answer and nothing else;
 * what is wrong goes to standard error, and the exit code is 1.
 */
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { createKey, createSignInLink, listKeys, revokeKey } from '@/lib/access/access';
import { type Actor, inviteInput } from '@/lib/access/model';
import { getConfig } from '@/lib/config';
import type { Context } from '@/lib/context';
import { openDatabase } from '@/lib/db';
import { BelayError, badInput } from '@/lib/errors';
import { parseInput } from '@/lib/input';
import { reachDatabase } from './reach';

const usage = `Usage:
  npm run -s key -- create --name NAME --role ROLE [--environment ENVIRONMENT] [--expires-at TIME]
  npm run -s key -- list
  npm run -s key -- revoke ID
  npm run -s key -- sign-in-link [--name NAME] [--role ROLE]`;

/** Whoever can read the database's address already has everything; the history still says who it was. */
const shell: Actor = { kind: 'rule', id: 'shell', name: 'shell', environment: null };

type Command = (ctx: Context) => Promise<string>;

function parse(argv: string[]): Command {
  const [name, ...rest] = argv;
  if (name === 'create') return create(rest);
  if (name === 'list') return list(rest);
  if (name === 'revoke') return revoke(rest);
  if (name === 'sign-in-link') return signInLink(rest);
  throw badInput([{ field: name ?? 'command', message: `is not a command\n${usage}` }]);
}

function create(args: string[]): Command {
  const { values } = parseArgs({
    args,
    options: {
      name: { type: 'string' },
      role: { type: 'string' },
      environment: { type: 'string' },
      'expires-at': { type: 'string' },
    },
  });
  for (const needed of ['name', 'role'] as const)
    if (values[needed] === undefined) throw badInput([{ field: `--${needed}`, message: 'is needed' }]);
  const { 'expires-at': expiresAt, ...given } = values;
  return async (ctx) => (await createKey(ctx, { ...given, expiresAt })).key;
}

function list(args: string[]): Command {
  parseArgs({ args, options: {} });
  return async (ctx) => {
    const now = ctx.now().toISOString();
    const state = (k: { revokedAt: string | null; expiresAt: string | null }) =>
      k.revokedAt ? 'revoked' : k.expiresAt && k.expiresAt <= now ? 'expired' : 'valid';
    const keys = await listKeys(ctx);
    return keys.map((k) => [k.id, state(k), k.role, k.environment ?? '*', k.name].join('\t')).join('\n');
  };
}

function revoke(args: string[]): Command {
  const [id, ...more] = parseArgs({ args, options: {}, allowPositionals: true }).positionals;
  if (id === undefined) throw badInput([{ field: 'ID', message: 'is needed: which key' }]);
  if (more.length > 0) throw badInput([{ field: String(more[0]), message: 'is one argument too many' }]);
  return async (ctx) => (await revokeKey(ctx, id)).id;
}

/** Without a name, for whom `npm start` makes its link: the user of this machine, an admin. */
function signInLink(args: string[]): Command {
  const { values } = parseArgs({ args, options: { name: { type: 'string' }, role: { type: 'string' } } });
  const role = values.role ?? (values.name === undefined ? 'admin' : undefined);
  const given = parseInput(inviteInput.partial({ role: true }), { name: values.name ?? machineUser(), role });
  return async (ctx) => (await createSignInLink(ctx.db, ctx.now(), given.name, given.role)).token;
}

function machineUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'admin'; // a user id without a name, as in some containers
  }
}

function complain(error: unknown): string {
  if (error instanceof BelayError && error.fields.length > 0)
    return error.fields.map((f) => `${asArgument(f.field)}: ${f.message}`).join('\n');
  return error instanceof Error ? error.message : String(error);
}

const asArgument = (field: string) =>
  ['name', 'role', 'environment'].includes(field) ? `--${field}` : field === 'expiresAt' ? '--expires-at' : field;

try {
  const command = parse(process.argv.slice(2));
  const reached = await reachDatabase(getConfig());
  const database = openDatabase(reached.url, { name: 'key', max: 2 });
  try {
    const now = () => new Date();
    const printed = await command({ db: database.db, now, enqueue: async () => {}, actor: shell });
    if (printed !== '') process.stdout.write(`${printed}\n`);
  } finally {
    await database.close();
    await reached.leave();
  }
} catch (error) {
  process.stderr.write(`${complain(error)}\n`);
  process.exitCode = 1;
}
