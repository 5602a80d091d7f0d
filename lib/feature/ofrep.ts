/**
 * The OpenFeature Remote Evaluation Protocol 0.3, as text in and text out
 * (open-feature/protocol, service/openapi.yaml). Who may ask is decided before; nothing here reads a clock or a database.
 */
import { createHash } from 'node:crypto';
import { configurationKey, configurationSuffix } from '@/lib/configuration/model';
import { armOf, assess, liveFault, pairKey } from './evaluate';
import { type Evaluation, type EvaluationContext, type FlagState, faultKey, faultSuffix } from './model';

export type OfrepRequest = {
  method: string;
  path: string;
  headers: Record<string, string | undefined>;
  body: Buffer;
};
export type OfrepAnswer = { status: number; headers: Record<string, string>; body: string };

export const ofrepBodyLimit = 1024 * 1024;
const root = '/ofrep/v1/evaluate/flags';

type ErrorCode = 'PARSE_ERROR' | 'INVALID_CONTEXT' | 'TARGETING_KEY_MISSING' | 'FLAG_NOT_FOUND';
type Fault = { errorCode: ErrorCode; errorDetails: string };

/** `now`: epoch milliseconds, for what ends by itself. */
export function answerOfrep(flags: FlagState, environment: string, request: OfrepRequest, now: number): OfrepAnswer {
  const asked: Asked = { flags, environment, now };
  const path = request.path.split('?', 1)[0] ?? '';
  const single = path.startsWith(`${root}/`);
  if (!single && path !== root) return answer(404, { errorDetails: 'There is nothing here' });
  if (request.method !== 'POST')
    return { ...answer(405, { errorDetails: 'Use POST' }), headers: { ...json, allow: 'POST' } };
  if (request.body.length > ofrepBodyLimit)
    return answer(413, { errorDetails: `The body is larger than ${ofrepBodyLimit} bytes` });
  return single
    ? one(asked, path.slice(root.length + 1), request.body)
    : all(asked, request.headers['if-none-match'], request.body);
}

type Asked = { flags: FlagState; environment: string; now: number };

const json = { 'content-type': 'application/json; charset=utf-8' };

function answer(status: number, body: unknown): OfrepAnswer {
  return { status, headers: json, body: JSON.stringify(body) };
}

function one(asked: Asked, encodedKey: string, body: Buffer): OfrepAnswer {
  const key = decode(encodedKey);
  if (key === null)
    return answer(400, {
      key: encodedKey,
      errorCode: 'PARSE_ERROR',
      errorDetails: 'The key is not percent-encoded text',
    });
  const parsed = parseBody(body);
  if ('errorCode' in parsed) return answer(400, { key, ...parsed });
  const { context } = parsed;
  const found = resolve(asked, key, context) ?? configured(asked, key, context) ?? faulted(asked, key, context);
  if (found === null) return answer(404, { key, errorCode: 'FLAG_NOT_FOUND', errorDetails: `There is no flag ${key}` });
  return answer('errorCode' in found ? 400 : 200, found);
}

function all(asked: Asked, ifNoneMatch: string | undefined, body: Buffer): OfrepAnswer {
  const { flags, environment, now } = asked;
  const parsed = parseBody(body);
  if ('errorCode' in parsed) return answer(400, parsed);
  const drilled = [...(flags.faults?.size ? flags.features.keys() : [])].filter(
    (key) => liveFault(flags, key, environment, now) !== null,
  );
  // A fault that ends by itself makes no new revision.
  const etag = etagOf(flags.revision, [environment, ...drilled].join('\u0000'), body);
  if (ifNoneMatch !== undefined && matchesEtag(ifNoneMatch, etag)) return { status: 304, headers: { etag }, body: '' };
  const found = [];
  for (const key of flags.features.keys()) {
    const flag = resolve(asked, key, parsed.context);
    const configuration = configured(asked, configurationKey(key), parsed.context);
    for (const answered of [flag, configuration]) if (answered) found.push(answered);
  }
  for (const key of drilled) {
    const fault = faulted(asked, faultKey(key), parsed.context);
    if (fault) found.push(fault);
  }
  const metadata = { version: String(flags.revision), flagSetId: environment };
  const { headers, ...rest } = answer(200, { flags: found, metadata });
  return { ...rest, headers: { ...headers, etag } };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseBody(body: Buffer): { context: EvaluationContext } | Fault {
  let parsed: unknown;
  try {
    parsed = JSON.parse(utf8.decode(body));
  } catch {
    return { errorCode: 'PARSE_ERROR', errorDetails: 'The body is not JSON' };
  }
  if (!isObject(parsed)) return { errorCode: 'PARSE_ERROR', errorDetails: 'The body is not a JSON object' };
  const context = Object.hasOwn(parsed, 'context') ? parsed.context : {};
  if (!isObject(context)) return { errorCode: 'INVALID_CONTEXT', errorDetails: 'context is not an object' };
  const key = Object.hasOwn(context, 'targetingKey') ? context.targetingKey : undefined;
  if (key !== undefined && key !== null && typeof key !== 'string')
    return { errorCode: 'INVALID_CONTEXT', errorDetails: 'context.targetingKey is not a string' };
  return { context: context as EvaluationContext };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * `<feature>.config`: what the version is configured with that this caller gets of the feature, in this very revision.
 * null: there is no configuration, or none for that version.
 */
function configured(asked: Asked, key: string, context: EvaluationContext) {
  if (!key.endsWith(configurationSuffix)) return null;
  const featureKey = key.slice(0, -configurationSuffix.length);
  const { flags, environment } = asked;
  const configuration = flags.configurations.get(pairKey(featureKey, environment));
  const flag = configuration && resolve(asked, featureKey, context);
  if (!configuration || !flag) return null;
  if ('errorCode' in flag) return { ...flag, key };
  if (!Object.hasOwn(configuration.values, flag.variant)) return null;
  const metadata = { ...flag.metadata, configurationRevision: configuration.revision };
  return { ...flag, key, value: configuration.values[flag.variant], metadata };
}

/**
 * `<feature>.fault`: what a drill does to this caller. `{}`: nothing. Both of its arms are marked, so that what they
 * send is judged apart; harm comes only to whom the drill itself serves the version.
 */
function faulted(asked: Asked, key: string, context: EvaluationContext) {
  if (!key.endsWith(faultSuffix)) return null;
  const { flags, environment, now } = asked;
  const featureKey = key.slice(0, -faultSuffix.length);
  if (flags.features.get(featureKey)?.kind !== 'flag') return null;
  const metadata = metadataOf(flags.revision, environment, context.targetingKey);
  const fault = liveFault(flags, featureKey, environment, now);
  const arm = fault && armOf(flags, fault, context);
  if (!arm) return { key, value: {}, reason: 'STATIC', variant: 'none', metadata };
  const mark = { drillId: fault.runId, expiresAt: new Date(fault.expiresAt).toISOString() };
  const flag = resolve(asked, featureKey, context);
  const drilled = flag && !('errorCode' in flag) && flag.metadata.drillId === fault.runId;
  if (!drilled || fault.harm === null) return { key, value: mark, reason: 'TARGETING_MATCH', variant: arm, metadata };
  const value = { version: fault.version, ...fault.harm, ...mark };
  return { key, value, reason: 'TARGETING_MATCH', variant: 'fault', metadata };
}

/** null: no such flag. A deployment is not a flag: nobody can be served another version of it. */
function resolve({ flags, environment, now }: Asked, key: string, context: EvaluationContext) {
  if (flags.features.get(key)?.kind !== 'flag') return null;
  const assessed = assess(flags, key, environment, context, now);
  if (assessed === null) return null;
  if (assessed.kind === 'no_targeting_key')
    return {
      key,
      errorCode: 'TARGETING_KEY_MISSING',
      errorDetails: 'A rollout splits this flag by context.targetingKey',
    };
  return success(assessed.evaluation, flags.revision, environment, context.targetingKey);
}

/** The metadata names are those that SDKs map to `feature_flag.version`, `.set.id` and `.context.id`. */
function success(e: Evaluation, revision: number, environment: string, targetingKey: string | undefined) {
  const metadata = metadataOf(revision, environment, targetingKey);
  if (e.cohort !== null) metadata.cohort = e.cohort;
  if (e.rolloutId !== null) metadata.rolloutId = e.rolloutId;
  if (e.drill !== undefined) metadata.drillId = e.drill;
  return { key: e.key, value: e.value, reason: e.reason, variant: e.version, metadata };
}

function metadataOf(revision: number, environment: string, targetingKey: string | undefined): Record<string, string> {
  const metadata: Record<string, string> = { version: String(revision), flagSetId: environment };
  if (targetingKey) metadata.contextId = targetingKey;
  return metadata;
}

/**
 * Over the request's own bytes, so over the whole context: a client that changes any attribute must not be told
 * "not modified". Two spellings of one context cost a refetch, nothing else.
 */
function etagOf(revision: number, environment: string, body: Buffer): string {
  const hash = createHash('sha256').update(`${revision}\u0000${environment}\u0000`).update(body).digest('base64url');
  return `"${hash.slice(0, 27)}"`;
}

/** If-None-Match compares weakly (RFC 9110, 13.1.2). */
function matchesEtag(header: string, etag: string): boolean {
  return header.split(',').some((given) => {
    const tag = given.trim();
    return tag === '*' || tag === etag || tag === `W/${etag}`;
  });
}
