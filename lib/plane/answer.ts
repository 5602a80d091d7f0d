/** What a plane behind a webhook has said, read with suspicion. Pure; the words are those of CONTRACT.md. */
import { z } from 'zod';
import type { Sent } from '@/lib/webhook/model';
import { differences } from './compare';
import { type Order, planeState, type ReadBack, type Written } from './model';

const fence = z.number().int().min(0);
const one = z.object({ state: planeState, fence, key: z.string().max(500).nullable() });
const answer = z.union([
  one.extend({ regions: z.undefined().optional() }),
  z.object({ regions: z.array(one.extend({ name: z.string().min(1).max(100) })).min(1) }),
]);

/** `at`: when it was asked. Half an answer is none: every expected region must be heard of, and all must agree. */
export function readBackOf(sent: Sent, expected: readonly string[], at: Date): ReadBack {
  const unknown = (why: string, retryAfterMs: number | null = null) => ({ known: false, why, retryAfterMs }) as const;
  if (sent.kind !== 'answered') return unknown(sent.why);
  if (sent.status !== 200) return unknown(`it answered ${sent.status}`, sent.retryAfterMs);
  const parsed = answer.safeParse(jsonOf(sent));
  if (!parsed.success) return unknown('what it answered is not in the words of the contract');
  const parts = parsed.data.regions ?? [{ name: '', ...parsed.data }];
  const missing = expected.filter((name) => !parts.some((part) => part.name === name));
  if (missing.length > 0) return unknown(`nothing was heard of ${missing.join(', ')}`);
  const [first, ...others] = parts;
  if (!first) return unknown('it answered for no region');
  for (const other of others) {
    const apart: string[] = differences(first.state, other.state);
    if (first.fence !== other.fence) apart.push('fence');
    if (apart.length > 0) return unknown(`${first.name} and ${other.name} do not agree: ${apart.join(', ')}`);
  }
  const key = others.every((other) => other.key === first.key) ? first.key : null;
  return { known: true, state: first.state, fence: first.fence, key, at: at.toISOString() };
}

function jsonOf(sent: { body: string; truncated: boolean }): unknown {
  if (sent.truncated) return undefined;
  try {
    return JSON.parse(sent.body);
  } catch {
    return undefined;
  }
}

/** `yes` is a claim; only reading back makes it an acceptance. */
export type Said = { kind: 'yes' } | Exclude<Written, { kind: 'accepted' }>;

const stale = z.object({ fence });

export function saidOf(sent: Sent): Said {
  if (sent.kind === 'blocked' || sent.kind === 'disabled') return { kind: 'refused', why: sent.why };
  if (sent.kind !== 'answered') return unknown(sent.why);
  const { status } = sent;
  if (status >= 200 && status < 300) return { kind: 'yes' };
  if (status === 409) {
    const parsed = stale.safeParse(jsonOf(sent));
    return { kind: 'conflict', why: 'it says that a newer order is there', fence: parsed.data?.fence ?? null };
  }
  // Asked at the wrong moment; every other 4xx, and every redirect, will be the same next time.
  if (status >= 500 || status === 408 || status === 425 || status === 429)
    return unknown(`it answered ${status}`, sent.retryAfterMs);
  return { kind: 'refused', why: `it answered ${status}` };
}

/** After a write: what the state says about it, whatever was said. */
export function judged(said: Said, order: Order, found: ReadBack): Written {
  if (said.kind === 'conflict' || said.kind === 'refused') return said;
  const claim = said.kind === 'yes' ? 'it said yes' : said.why;
  const retryAfterMs = said.kind === 'unknown' ? said.retryAfterMs : null;
  if (!found.known) return unknown(`${claim}; ${found.why}`, retryAfterMs ?? found.retryAfterMs);
  if (found.fence > order.fence) return newer(found.fence);
  const other = differences(order.desired, found.state);
  if (found.fence < order.fence) {
    const what = other.length > 0 ? `another ${other.join(', ')}` : 'this already, but took no order for it';
    return unknown(`${claim}; it serves ${what}`, retryAfterMs);
  }
  if (other.length === 0) return { kind: 'accepted', at: found.at };
  const serves = `it serves another ${other.join(', ')}`;
  // With the key of an earlier step of the same rollback, ours was not carried out, or not yet.
  if (found.key !== null && found.key !== order.key) return unknown(`${claim}; ${serves}`, retryAfterMs);
  const how = found.key === null ? 'somebody else has changed it' : 'it has carried the order out';
  return { kind: 'conflict', why: `${how}, and ${serves}`, fence: found.fence };
}

const unknown = (why: string, retryAfterMs: number | null = null) => ({ kind: 'unknown', why, retryAfterMs }) as const;

export function newer(fenceThere: number): Written {
  return { kind: 'conflict', why: `a newer order has the fence ${fenceThere}`, fence: fenceThere };
}
