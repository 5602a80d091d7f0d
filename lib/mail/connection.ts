/**
 * One mail to one SMTP server. The name is resolved once and the connection goes to one of just those addresses, as in
 * `webhook/send.ts`. A connection that has done its work waits some seconds for the next mail; it is asked (RSET)
 * whether it still lives before it is used again, so that a server that hung up meanwhile costs no attempt. Nothing is
 * retried here. The deadline covers everything, and ends the connection.
 *
 *   connect → sign in → sender → recipient → content ──handOver()──▶ bytes of the mail ──▶ answer
 *
 * Before the first byte of the mail leaves, `handOver` is awaited: from then on no missing answer says that the mail
 * was not taken.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import { getSystemErrorName } from 'node:util';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { refusalOf } from '@/lib/webhook/address';
import type { Failure, Sent } from '@/lib/webhook/model';
import { answered, hidden, isAboutSize, line } from './answer';
import { isLoopbackName, type MailSecurity } from './model';

export type Server = {
  host: string;
  port: number;
  security: MailSecurity;
  user: string | null;
  password: string | null;
  authority: string | null;
};
export const stages = ['connect', 'sign_in', 'sender', 'recipient', 'content'] as const;
/**
 * How far it came, and what was answered there. `reached`: the mail, or a part of it, may have arrived. `tooLarge`: the
 * server will never take a mail of that size; a smaller one it may.
 */
export type Handed = { sent: Sent; stage: (typeof stages)[number]; tooLarge?: true };
export type Raw = { from: string; to: string; content: Buffer };
export type Handing = {
  deadlineMs: number;
  /** @throws when the mail is not ours to send any more: not a byte of it leaves then */
  handOver?: () => Promise<void>;
  resolve?: (hostname: string) => Promise<string[]>;
};
type State = { connection: SMTPConnection | null; stage: Handed['stage']; over: boolean; ended: boolean };

const idleMs = 10_000;
const mostMails = 100;
const addressMs = 5_000;

type Idle = { connection: SMTPConnection; mails: number; timer: NodeJS.Timeout };
/** One for each server and account; a second mail at the same time opens its own. */
const waiting = new Map<string, Idle>();

export async function hand(server: Server, raw: Raw, handing: Handing): Promise<Handed> {
  const state: State = { connection: null, stage: 'connect', over: false, ended: false };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Handed>((give) => {
    timer = setTimeout(
      () => give(failed(state, 'timeout', `no answer within ${handing.deadlineMs} ms`)),
      handing.deadlineMs,
    );
  });
  try {
    return await Promise.race([work(server, raw, { ...handing, state }), late]);
  } finally {
    clearTimeout(timer);
    state.ended = true;
    // What was not put aside for the next mail has no use.
    state.connection?.close();
  }
}

const failed = (state: State, kind: Failure, why: string): Handed => ({
  stage: state.stage,
  sent: { kind, why, reached: state.over },
});

async function work(server: Server, raw: Raw, handing: Handing & { state: State }): Promise<Handed> {
  const { state } = handing;
  const key = JSON.stringify(server);
  try {
    const mails = await reused(key, state);
    if (mails === null) {
      const refusal = await opened(server, handing);
      if (refusal) return refusal;
    }
    const answer = await given(raw, handing);
    putAside(key, state, (mails ?? 0) + 1);
    return answer;
  } catch (error) {
    return failureOf(error, state, server);
  }
}

/** How many mails the connection that waited has carried; null: none waited that lives. */
async function reused(key: string, state: State): Promise<number | null> {
  const idle = waiting.get(key);
  if (!idle) return null;
  waiting.delete(key);
  clearTimeout(idle.timer);
  state.connection = idle.connection;
  const lives = await asked(idle.connection, (done) => idle.connection.reset(done)).then(
    () => true,
    () => false,
  );
  if (lives) return idle.mails;
  idle.connection.close();
  state.connection = null;
  return null;
}

function putAside(key: string, state: State, mails: number): void {
  const { connection } = state;
  if (!connection || state.ended || mails >= mostMails || waiting.has(key)) return;
  state.connection = null;
  const timer = setTimeout(() => {
    if (waiting.get(key)?.connection === connection) waiting.delete(key);
    connection.quit();
  }, idleMs);
  timer.unref();
  waiting.set(key, { connection, mails, timer });
}

async function opened(server: Server, { state, resolve }: Handing & { state: State }): Promise<Handed | null> {
  const addresses = isIP(server.host) ? [server.host] : await (resolve ?? systemResolve)(server.host).catch(() => []);
  if (addresses.length === 0) return failed(state, 'unreachable', `there is no address for ${server.host}`);
  for (const address of addresses) {
    const refusal =
      refusalOf(address, true) ?? (server.security === 'none' && !isLoopbackName(address) ? notHere : null);
    if (refusal) return failed(state, 'blocked', `${server.host}: ${address} ${refusal}`);
  }
  let last: unknown;
  for (const address of addresses.slice(0, 3)) {
    if (state.ended) break;
    const connection = connectionTo(server, address);
    state.connection = connection;
    try {
      await asked(connection, (done) => connection.connect(done));
      await signIn(connection, server, state);
      return null;
    } catch (error) {
      last = error;
      connection.close();
      // Whoever has answered is the one; another address only helps where nobody did.
      if (state.stage !== 'connect' || state.ended || (error as { responseCode?: number }).responseCode) break;
    }
  }
  throw last;
}

const notHere = 'is not this machine, and nothing protects the connection';
const systemResolve = async (hostname: string) => (await lookup(hostname, { all: true })).map(({ address }) => address);

function connectionTo(server: Server, address: string): SMTPConnection {
  const servername = isIP(server.host) ? undefined : server.host;
  const connection = new SMTPConnection({
    host: address,
    port: server.port,
    ...(servername ? { servername } : {}),
    secure: server.security === 'tls',
    requireTLS: server.security === 'starttls',
    ignoreTLS: server.security === 'none',
    tls: { ...(server.authority ? { ca: server.authority } : {}), ...(servername ? { servername } : {}) },
    connectionTimeout: addressMs,
    socketCloseTimeout: 0,
    maxResponseSize: 64 * 1024,
  });
  // Of a connection that waits nobody else hears; an unheard error would end the process.
  connection.on('error', () => {});
  return connection;
}

type Done<T> = (error?: unknown, answer?: T) => void;

/** Some failures come to whoever asked, some are only said aloud. */
function asked<T = unknown>(connection: SMTPConnection, ask: (done: Done<T>) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const settle: Done<T> = (error, answer) => {
      connection.off('error', settle);
      connection.off('end', ended);
      if (error) reject(error);
      else resolve(answer);
    };
    const ended = () => settle(Object.assign(new Error('ended'), { code: 'ECONNECTION' }));
    connection.once('error', settle);
    connection.once('end', ended);
    ask(settle);
  });
}

async function signIn(connection: SMTPConnection, { user, password }: Server, state: State): Promise<void> {
  if (!user || password === null) return;
  state.stage = 'sign_in';
  await asked(connection, (done) => connection.login({ credentials: { user, pass: password } }, done));
}

async function given({ from, to, content }: Raw, { state, handOver }: Handing & { state: State }): Promise<Handed> {
  const { connection } = state;
  if (!connection) throw new Error('there is no connection');
  state.stage = 'sender';
  // Asked for its first byte only once the server has said that it takes the content.
  const bytes = new Readable({
    read() {
      if (state.over) return;
      (handOver?.() ?? Promise.resolve()).then(
        () => {
          if (state.ended) return;
          state.over = true;
          state.stage = 'content';
          this.push(content);
          this.push(null);
        },
        (error: Error) => this.destroy(error),
      );
    },
  });
  const info = await asked<{ response: string }>(connection, (done) =>
    connection.send({ from, to: [to], size: content.length }, bytes, done),
  );
  const response = info?.response ?? '';
  const [status] = /^2\d\d(?=[ -]|$)/.exec(response) ?? [];
  if (!status) throw Object.assign(new Error('an answer that is none'), { code: 'EPROTOCOL' });
  return { stage: 'content', sent: answered(Number(status), response) };
}

type SmtpError = Error & { code?: string; errno?: number; command?: string; response?: string; responseCode?: number };

const stageOf: Record<string, Handed['stage']> = {
  'MAIL FROM': 'sender',
  'RCPT TO': 'recipient',
  DATA: 'content',
};

const failureOfCode: Record<string, [Failure, string]> = {
  ECONNREFUSED: ['refused', 'the connection was refused'],
  ECONNRESET: ['reset', 'the connection was reset'],
  EPIPE: ['reset', 'the connection was reset'],
  ECONNECTION: ['reset', 'the connection ended before the answer'],
  ESTREAM: ['reset', 'it was not handed over'],
  ETIMEDOUT: ['timeout', 'the connection took too long'],
  ENETUNREACH: ['unreachable', 'there is no way to that network'],
  EHOSTUNREACH: ['unreachable', 'there is no way to that machine'],
  EAUTH: ['unreachable', 'the server offers no way to sign in'],
  EPROTOCOL: ['reset', 'what was answered is not SMTP'],
};

function failureOf(thrown: unknown, state: State, { password }: Server): Handed {
  const error = thrown as SmtpError;
  const stage = stageOf[error.command ?? ''] ?? state.stage;
  if (error.responseCode && error.responseCode >= 400) {
    const body = line(hidden(error.response ?? '', password));
    // Answered for good: whatever was handed over was not taken.
    const sent = answered(error.responseCode, body);
    return isAboutSize(error.responseCode, error.response ?? '') ? { stage, sent, tooLarge: true } : { stage, sent };
  }
  if (error.code === 'EMESSAGE' && error.command === 'MAIL FROM')
    return {
      ...failed({ ...state, stage }, 'refused', 'the mail is larger than the mail server takes'),
      tooLarge: true,
    };
  const code = typeof error.errno === 'number' && error.errno < 0 ? getSystemErrorName(error.errno) : error.code;
  const [kind, why] = failureOfCode[code ?? ''] ?? [];
  if (kind && why) return failed({ ...state, stage }, kind, why);
  return failed(
    { ...state, stage },
    state.over ? 'reset' : 'unreachable',
    line(`the connection failed: ${hidden(error.message, password)}`),
  );
}

/** For the end of a process, and for tests: nothing waits any more. */
export function closeIdle(): void {
  for (const [key, { connection, timer }] of waiting) {
    clearTimeout(timer);
    connection.close();
    waiting.delete(key);
  }
}
