/**
 * The runtime API of an HAProxy, as far as drills need it: one entry of a stick-table. The table forgets an entry some
 * seconds after it was last written (`expire`), and reading does not count: whoever stops writing ends the fault.
 * One line a connection, within a deadline, for a socket that hangs must not keep a drill from ending.
 */
import { connect } from 'node:net';
import { BelayError } from '@/lib/errors';
import type { DrillProxy } from '../proxy-model';

/** Of one exchange with it. */
export const deadlineMs = 2_000;
const longestAnswer = 64 * 1_024;

/** `share`: percent of the requests. `leftMs`: until HAProxy forgets it. */
export type Entry = { share: number; status: number; leftMs: number };
/** HAProxy counts in whole numbers: of so many requests. */
const perShare = 100;

/** Null: there is none. */
export async function readEntry(proxy: DrillProxy, key: string): Promise<Entry | null> {
  return entryIn(proxy, key, await ask(proxy, [`show table ${proxy.table} key ${key}`]));
}

/** Written and read back at once, so that what is left of it is what the table keeps it for. */
export async function writeEntry(
  proxy: DrillProxy,
  key: string,
  { share, status }: Omit<Entry, 'leftMs'>,
): Promise<Entry> {
  const count = Math.ceil(share * perShare);
  const answer = await ask(proxy, [
    `set table ${proxy.table} key ${key} data.gpc0 ${count} data.gpt0 ${status}`,
    `show table ${proxy.table} key ${key}`,
  ]);
  const entry = entryIn(proxy, key, answer);
  if (!entry) throw trouble(proxy, `does not keep what it is told: its table ${proxy.table} needs type string len 256`);
  if (entry.share * perShare !== count || entry.status !== status)
    throw trouble(proxy, `was told ${count} and ${status}, and says ${entry.share * perShare} and ${entry.status}`);
  return entry;
}

/** Once or ten times: afterwards there is none. */
export async function clearEntry(proxy: DrillProxy, key: string): Promise<void> {
  const answer = await ask(proxy, [`clear table ${proxy.table} key ${key}`, `show table ${proxy.table} key ${key}`]);
  if (entryIn(proxy, key, answer)) throw trouble(proxy, 'was told to forget the fault, and has it still');
}

function entryIn(proxy: DrillProxy, key: string, answer: string): Entry | null {
  for (const line of answer.split('\n')) {
    const told = new Map([...line.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]));
    if (told.get('key') !== key) continue;
    const [share, status, leftMs] = ['gpc0', 'gpt0', 'exp'].map((name) => Number(told.get(name) ?? Number.NaN));
    if (share === undefined || status === undefined || leftMs === undefined || Number.isNaN(share + status + leftMs))
      throw trouble(proxy, unstored(proxy));
    return { share: share / perShare, status, leftMs };
  }
  return null;
}

const unstored = ({ table }: DrillProxy) => `has a table ${table} that does not store gpc0 and gpt0`;

async function ask(proxy: DrillProxy, commands: string[]): Promise<string> {
  const answer = await exchange(proxy, `${commands.join(';')}\n`);
  const wrong = wrongIn(proxy, answer);
  if (wrong) throw trouble(proxy, wrong);
  return answer;
}

/** Its words are of the 2.6 of Debian 12; what is not a blank, a heading or an entry is no answer to what was asked. */
function wrongIn(proxy: DrillProxy, answer: string): string | null {
  if (answer.includes('No such table')) return `has no stick-table ${proxy.table}: copy it from haproxy-drill.cfg`;
  if (/Permission denied|insufficient privileges/.test(answer))
    return 'may not be written: its socket needs level admin';
  if (answer.includes('Data type not stored')) return unstored(proxy);
  const lines = answer.split('\n').filter((line) => line.trim() !== '');
  const strange = lines.find((line) => !/^(# table: |0x[0-9a-f]+: key=)/.test(line));
  if (strange === undefined) return answer === '' ? 'closed the connection without an answer' : null;
  return `answered “${strange.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 100)}”: that is not its runtime socket`;
}

/** Nobody can tell from here whether it will do later: tried again by whoever can wait. */
function trouble({ address }: DrillProxy, what: string, cause?: unknown): BelayError {
  const error = new BelayError('unavailable', `HAProxy at ${address} ${what}`);
  if (cause !== undefined) error.cause = cause;
  return error;
}

function placeOf(address: string): { path: string } | { host: string; port: number } {
  if (address.startsWith('unix@')) return { path: address.slice('unix@'.length) };
  const colon = address.lastIndexOf(':');
  return { host: address.slice('ipv4@'.length, colon), port: Number(address.slice(colon + 1)) };
}

function exchange(proxy: DrillProxy, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(placeOf(proxy.address));
    let answer = '';
    const fail = (what: string, cause?: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      reject(trouble(proxy, what, cause));
    };
    // Of the whole exchange: one that dribbles does not last longer.
    const timer = setTimeout(() => fail(`did not answer within ${deadlineMs / 1_000} s`), deadlineMs);
    socket.setEncoding('utf8');
    socket.once('connect', () => socket.write(text));
    socket.on('data', (chunk: string) => {
      answer += chunk;
      if (answer.length > longestAnswer) fail('answered more than was asked for: that is not its runtime socket');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => fail(reasonOf(error), error));
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'is not there: there is no such socket';
  if (code === 'ECONNREFUSED') return 'is not there: nobody listens';
  if (code === 'EACCES') return 'may not be reached by the user that Belay runs as: see the mode of its socket';
  return `cannot be reached: ${code ?? message}`;
}
