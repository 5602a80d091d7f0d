/**
 * One signed request to one target. The name is resolved once, every address that it has is held against
 * `address.ts`, and the connection goes to one of just those addresses: what the name says a moment later does not
 * count. No redirect is followed, no pooled connection is used, nothing is retried here.
 * The deadline covers everything: the name, the connection, the answer and its body.
 */
import { lookup } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { refusalOf } from './address';
import type { Failure, Sent } from './model';
import { retryAfterMs } from './retry-after';
import type { Secret } from './secret';
import { sign } from './signature';

export type Target = { url: string; secrets: readonly Secret[]; allowPrivate: boolean };
export type Message = {
  /** stays the same when the same message is sent again */
  id: string;
  method?: 'POST' | 'PUT' | 'GET';
  /** JSON; none with GET */
  body?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  deadlineMs: number;
};
export type Resolve = (hostname: string) => Promise<string[]>;
export type Sending = { now: () => Date; resolve?: Resolve };

const bodyCap = 64 * 1024;

const systemResolve: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address);

export async function send(target: Target, message: Message, { now, resolve = systemResolve }: Sending): Promise<Sent> {
  const end = performance.now() + message.deadlineMs;
  if (!URL.canParse(target.url)) return failed('blocked', 'the address is none');
  const url = new URL(target.url);
  if (!/^https?:$/.test(url.protocol)) return failed('blocked', 'the address is not http or https');
  if (url.username || url.password) return failed('blocked', 'the address holds a user and password');
  for (const [name, value] of Object.entries(message.query ?? {})) url.searchParams.set(name, value);
  const addresses = await addressesOf(url.hostname, message.deadlineMs, resolve);
  if (!Array.isArray(addresses)) return addresses;
  for (const address of addresses) {
    const refusal = refusalOf(address, target.allowPrivate);
    if (refusal) return failed('blocked', `${url.hostname}: ${address} ${refusal}`);
  }
  return exchange({ url, addresses, message, secrets: target.secrets, now, leftMs: end - performance.now() });
}

function failed(kind: Failure, why: string, reached = false): Sent {
  return { kind, why, reached };
}

/** One answer, used for the check and for the connection. */
async function addressesOf(hostname: string, deadlineMs: number, resolve: Resolve): Promise<string[] | Sent> {
  const literal = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  if (isIP(literal)) return [literal];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Sent>((give) => {
    timer = setTimeout(() => give(failed('timeout', `the name ${hostname} was not resolved in time`)), deadlineMs);
  });
  const found = resolve(hostname).then(
    (addresses) => (addresses.length > 0 ? addresses : failed('unreachable', `there is no address for ${hostname}`)),
    () => failed('unreachable', `the name ${hostname} is not known`),
  );
  try {
    return await Promise.race([found, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What `net.connect` asks instead of the resolver; Node asks for one or, to try them in turn, for all. */
function pinned(addresses: string[]): LookupFunction {
  const known = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, options, callback) => {
    const wanted = known.filter(({ family }) => !options.family || family === options.family);
    const [first] = wanted;
    if (!first) return callback(Object.assign(new Error('no address of that family'), { code: 'ENOTFOUND' }), '', 0);
    if (options.all) callback(null, wanted);
    else callback(null, first.address, first.family);
  };
}

type Exchange = {
  url: URL;
  addresses: string[];
  message: Message;
  secrets: readonly Secret[];
  now: () => Date;
  leftMs: number;
};

function exchange(given: Exchange): Promise<Sent> {
  const { url, addresses, message, now } = given;
  const body = message.body ?? '';
  return new Promise((resolve) => {
    let reached = false;
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method: message.method ?? 'POST',
      headers: headersOf(message, sign({ id: message.id, at: now(), body, secrets: given.secrets })),
      agent: false,
      lookup: pinned(addresses),
    });
    const end = (sent: Sent) => {
      clearTimeout(timer);
      resolve(sent);
      request.destroy();
    };
    const late = () => end(failed('timeout', `no answer within ${message.deadlineMs} ms`, reached));
    const timer = setTimeout(late, Math.max(given.leftMs, 0));
    request.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        reached = true;
      });
    });
    request.on('error', (error) => end(failureOf(error, reached)));
    // A server that wants to speak another protocol has not answered this request.
    request.on('upgrade', () => end(failed('reset', 'it wanted to speak another protocol', true)));
    request.on('close', () => end(failed('reset', 'the connection ended before the answer', reached)));
    request.on('response', (response) => collect(response, now, end));
    request.end(body === '' ? undefined : body);
  });
}

/** Ours come last: whatever else is sent, the signature and the length are these. */
function headersOf(message: Message, signed: Record<string, string>): Record<string, string | number> {
  const body = message.body ?? '';
  return {
    accept: 'application/json',
    'user-agent': 'Belay',
    ...message.headers,
    ...(body === '' ? {} : { 'content-type': 'application/json' }),
    'content-length': Buffer.byteLength(body),
    // Compressed, a small body could become a huge one.
    'accept-encoding': 'identity',
    connection: 'close',
    ...signed,
  };
}

function collect(response: http.IncomingMessage, now: () => Date, end: (sent: Sent) => void): void {
  const parts: Buffer[] = [];
  let size = 0;
  const answered = (truncated: boolean): Sent => ({
    kind: 'answered',
    status: response.statusCode ?? 0,
    body: Buffer.concat(parts).toString('utf8'),
    truncated,
    retryAfterMs: retryAfterMs(response.headers['retry-after'], now()),
  });
  response.on('data', (part: Buffer) => {
    parts.push(part.subarray(0, bodyCap - size));
    size += part.length;
    if (size > bodyCap) end(answered(true));
  });
  response.on('end', () => end(answered(false)));
  response.on('error', () => end(failed('reset', 'the connection ended in the middle of the answer', true)));
}

const failureOfCode: Record<string, [Failure, string]> = {
  ECONNREFUSED: ['refused', 'the connection was refused'],
  ECONNRESET: ['reset', 'the connection was reset'],
  EPIPE: ['reset', 'the connection was reset'],
  ETIMEDOUT: ['timeout', 'the connection took too long'],
  ENETUNREACH: ['unreachable', 'there is no way to that network'],
  EHOSTUNREACH: ['unreachable', 'there is no way to that machine'],
};

/** In words of ours: a message of Node's could repeat what was sent. */
function failureOf(error: Error, reached: boolean): Sent {
  const code = String((error as { code?: unknown }).code ?? 'unknown');
  const [kind, why] = failureOfCode[code] ?? [];
  if (kind && why) return failed(kind, why, reached);
  if (code.startsWith('HPE_')) return failed('reset', 'what was answered is not HTTP', true);
  return failed(reached ? 'reset' : 'unreachable', `the connection failed (${code})`, reached);
}
