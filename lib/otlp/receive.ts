/**
 * One OTLP/HTTP request: judged, decoded, committed, answered. 200 means that PostgreSQL has it on disk.
 *
 * A request is committed whole or not at all. Partial success is only for points that would be refused again;
 * trouble of our own is 503, which senders repeat, never 500, which they drop.
 */
import type { Database } from '@/lib/db';
import { type Block, encodeBlock } from '@/lib/signal/ledger/block';
import { type Columns, clearColumns, countPoints, newColumns, type Section } from '@/lib/signal/ledger/columns';
import { isTransient, openLedger, persist } from '@/lib/signal/ledger/ledger';
import { resolveStreams } from '@/lib/signal/ledger/streams';
import { type Answer, encodingOf, statusAnswer, successAnswer } from './answer';
import {
  collect,
  type Flight,
  inflate,
  inflateAtOnce,
  maxBytesInFlight,
  Overloaded,
  release,
  type Ticket,
  TooLarge,
} from './body';
import { decodeRequest } from './decode';
import type { Fresh, Rejection } from './identity';
import { protobufOf } from './json';
import { newKnown, rememberStream } from './known';
import { openRejections } from './rejections';
import { Malformed } from './wire';

export type ReceiveRequest = {
  path: string;
  method: string;
  contentType?: string;
  contentEncoding?: string;
  body: Buffer | AsyncIterable<Uint8Array>;
  /** the key's environment; null: the resource says */
  environment: string | null;
};
export type ReceiveAnswer = Answer;
export type Receiver = {
  receive(request: ReceiveRequest): Promise<ReceiveAnswer>;
  /** Commits what is under way. */
  close(): Promise<void>;
};

const signals = ['/v1/metrics', '/v1/traces', '/v1/logs', '/v1development/profiles'];

export function openReceiver(options: {
  database: Database;
  now: () => Date;
  /** told of what went wrong on our side */
  log?: (error: unknown, what: string) => void;
  maxBytesInFlight?: number;
}): Receiver {
  const { sql } = options.database;
  const log = options.log ?? (() => {});
  const known = newKnown();
  const flight: Flight = { bytes: 0, limit: options.maxBytesInFlight ?? maxBytesInFlight };
  const ledger = openLedger({ sql, now: options.now });
  const rejections = openRejections({ sql, now: options.now, log });
  /** Columns are big and reused: decoding does not wait, so mostly there is one set. */
  const spare: Columns[] = [];

  async function store(body: Buffer, environment: string | null): Promise<Rejection[]> {
    const columns = spare.pop() ?? newColumns();
    let block: Block | null = null;
    let refused: Rejection[];
    try {
      clearColumns(columns);
      const decoded = decodeRequest(known, columns, body, environment);
      refused = [...decoded.rejections.values()];
      if (decoded.fresh.streams.length > 0) await nameStreams(columns, decoded.fresh);
      if (countPoints(columns) > 0) block = encodeBlock(columns);
    } finally {
      spare.push(columns);
    }
    if (block) await ledger.commit(block);
    return refused;
  }

  async function nameStreams(columns: Columns, fresh: Fresh): Promise<void> {
    const ids = await persist(() => resolveStreams(sql, fresh.streams));
    const { numbers, histograms, exponentials, summaries } = columns;
    for (const section of [numbers, histograms, exponentials, summaries]) renumber(section, ids);
    if (fresh.generation !== known.generation) return;
    fresh.pairs.forEach(({ metric, set }, i) => {
      rememberStream(known.streams, metric, set, ids[i] as number);
    });
  }

  async function receive(request: ReceiveRequest): Promise<Answer> {
    const refused = refusalOf(request);
    if (refused) return refused;
    const encoding = encodingOf(request.contentType) as NonNullable<ReturnType<typeof encodingOf>>;
    const ticket: Ticket = { flight, held: 0 };
    try {
      const raw = await collect(request.body, ticket);
      // What is inflated at once lies in a lent buffer: nothing may be awaited before it is decoded.
      const whole = isGzip(request.contentEncoding) ? inflateAtOnce(raw, ticket) : raw;
      const inflated = whole ?? (await inflate(raw, ticket));
      const body = encoding === 'application/json' ? protobufOf(inflated) : inflated;
      const refusedPoints = await store(body, request.environment);
      rejections.note(refusedPoints);
      const { rejected, message } = summary(refusedPoints);
      return successAnswer(encoding, rejected, message);
    } catch (error) {
      return troubleAnswer(error, request.contentType);
    } finally {
      release(ticket);
    }
  }

  function troubleAnswer(error: unknown, contentType: string | undefined): Answer {
    if (error instanceof Malformed) return statusAnswer(400, error.message, contentType);
    if (error instanceof TooLarge) return statusAnswer(413, error.message, contentType);
    if (error instanceof Overloaded) return statusAnswer(503, error.message, contentType);
    log(error, isTransient(error) ? 'the database is away' : 'a request failed');
    return statusAnswer(503, 'the telemetry could not be stored; send it again', contentType);
  }

  return {
    receive,
    close: async () => {
      await ledger.close();
      await rejections.close();
    },
  };
}

function renumber(section: Section, ids: Int32Array): void {
  for (let i = 0; i < section.length; i++) {
    const stream = section.stream[i] as number;
    if (stream < 0) section.stream[i] = ids[-stream - 1] as number;
  }
}

const isGzip = (encoding: string | undefined) => encoding?.trim().toLowerCase() === 'gzip';

/** What can be told from the head of the request alone. */
export function refusalOf(request: Omit<ReceiveRequest, 'body' | 'environment'>): Answer | null {
  const { path, method, contentType, contentEncoding } = request;
  if (path !== '/v1/metrics') {
    const what = signals.includes(path)
      ? `${path} is not received here; metrics are, at /v1/metrics`
      : `there is no ${path}`;
    return statusAnswer(404, what, contentType);
  }
  if (method !== 'POST') return statusAnswer(405, 'use POST', contentType);
  if (!encodingOf(contentType)) {
    return statusAnswer(415, 'use content-type application/x-protobuf or application/json', contentType);
  }
  const encoding = contentEncoding?.trim().toLowerCase() ?? '';
  if (!['', 'identity', 'gzip'].includes(encoding)) {
    return statusAnswer(415, 'use content-encoding gzip, or none', contentType);
  }
  return null;
}

const named = 10;

/** How many points were rejected, and for each metric why. */
function summary(refused: Rejection[]): { rejected: number; message: string } {
  const rejected = refused.reduce((sum, r) => sum + r.points, 0);
  const told = refused.slice(0, named).map((r) => `${r.metric || '(no name)'}: ${r.message} (${r.points})`);
  if (refused.length > named) told.push(`and ${refused.length - named} more reasons`);
  return { rejected, message: told.join('; ') };
}
