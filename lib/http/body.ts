/** Request bodies: read under a cap, then parsed as JSON or YAML. Nothing here trusts Content-Length. */
import { BelayError, badInput } from '@/lib/errors';
import { deepest, readYaml } from '@/lib/yaml';
import { depthOf, jsonFault, placeOf } from './json';

export const bodyCap = 1024 * 1024;

/** @throws BelayError too_large, bad_input (not UTF-8) */
export async function readText(request: Request, cap = bodyCap): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > cap) throw tooLarge(cap);
  if (!request.body) return '';
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > cap) {
      await reader.cancel();
      throw tooLarge(cap);
    }
    parts.push(value);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch {
    throw badInput([{ field: 'body', message: 'is not UTF-8' }]);
  }
}

const tooDeep = () => badInput([{ field: 'body', message: 'is nested too deeply' }]);
const tooLarge = (cap: number) => new BelayError('too_large', `The body is over ${cap} bytes`);

/** JSON unless the content type says YAML. An empty body is `undefined`. */
export function parseBody(text: string, contentType: string | null): unknown {
  if (text.trim() === '') return undefined;
  const type = (contentType ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json' || type.endsWith('+json')) return parseJson(text);
  if (/^(application|text)\/(x-)?yaml$/.test(type)) return parseYaml(text);
  throw new BelayError('unsupported', `Send application/json or application/yaml, not ${type.slice(0, 100)}`);
}

function parseJson(text: string): unknown {
  if (depthOf(text) > deepest) throw tooDeep();
  try {
    return JSON.parse(text, refuseProto);
  } catch (error) {
    if (error instanceof BelayError) throw error;
    const { line, column } = placeOf(text, jsonFault(text) ?? text.length);
    throw badInput([{ field: 'body', message: `is not JSON: line ${line}, column ${column}` }]);
  }
}

/** `__proto__` is a trap in any code that copies keys; a number too large for a double would become null. */
function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw badInput([{ field: '__proto__', message: 'is not a name that can be used' }]);
  if (typeof value === 'number' && !Number.isFinite(value))
    throw badInput([{ field: key || 'body', message: 'is not a finite number' }]);
  return value;
}

function parseYaml(text: string): unknown {
  const value = readYaml(text, 'body');
  // Once through JSON: the same checks, and nothing but JSON's own types comes out.
  return parseJson(JSON.stringify(value, refuseUnfinite));
}

function refuseUnfinite(key: string, value: unknown): unknown {
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)))
    throw badInput([{ field: key || 'body', message: 'is not a finite number' }]);
  return value;
}
