/**
 * What a sender is told, in the encoding of its request.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
 */
import { newProtoWriter, writeBytesField, writeMessage, writeTextField, writeVarintField, written } from './write';

export type Encoding = 'application/x-protobuf' | 'application/json';
export type Answer = { status: number; headers: Record<string, string>; body: Buffer };

/** google.rpc.Code by HTTP status. */
const rpcCodes: Record<number, number> = { 400: 3, 401: 16, 403: 7, 404: 12, 405: 12, 413: 8, 415: 3, 503: 14 };

/** The encoding that an answer takes: that of the request, where we know it. */
export function encodingOf(contentType: string | undefined): Encoding | null {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  return type === 'application/x-protobuf' || type === 'application/json' ? type : null;
}

/** A google.rpc.Status. 503 always says when to try again: soon, as some senders give up otherwise. */
export function statusAnswer(status: number, message: string, contentType: string | undefined): Answer {
  const encoding = encodingOf(contentType) ?? 'application/json';
  const code = rpcCodes[status] ?? 2;
  const headers: Record<string, string> = { 'content-type': encoding };
  if (status === 503) headers['retry-after'] = '1';
  if (status === 405) headers.allow = 'POST';
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  return {
    status,
    headers,
    body: encoding === 'application/json' ? jsonStatus(status, code, message) : protoStatus(status, code, message),
  };
}

const badRequest = 'type.googleapis.com/google.rpc.BadRequest';

function jsonStatus(status: number, code: number, message: string): Buffer {
  const details = status === 400 ? [{ '@type': badRequest, fieldViolations: [{ description: message }] }] : undefined;
  return Buffer.from(JSON.stringify({ code, message, details }));
}

function protoStatus(status: number, code: number, message: string): Buffer {
  const w = newProtoWriter(512);
  writeVarintField(w, 1, code);
  writeTextField(w, 2, message);
  if (status === 400) {
    const violation = newProtoWriter(256);
    writeMessage(violation, 1, () => writeTextField(violation, 2, message));
    writeMessage(w, 3, () => {
      writeTextField(w, 1, badRequest);
      writeBytesField(w, 2, written(violation));
    });
  }
  return written(w);
}

const empty = { 'application/x-protobuf': Buffer.alloc(0), 'application/json': Buffer.from('{}') };

/** 200: everything was stored, or all but the points that `message` explains. */
export function successAnswer(encoding: Encoding, rejected: number, message: string): Answer {
  const answer = { status: 200, headers: { 'content-type': encoding }, body: empty[encoding] };
  if (rejected === 0 && message === '') return answer;
  if (encoding === 'application/json') {
    const partialSuccess = { rejectedDataPoints: String(rejected), errorMessage: message };
    return { ...answer, body: Buffer.from(JSON.stringify({ partialSuccess })) };
  }
  const w = newProtoWriter(512);
  writeMessage(w, 1, () => {
    writeVarintField(w, 1, rejected);
    writeTextField(w, 2, message);
  });
  return { ...answer, body: written(w) };
}
