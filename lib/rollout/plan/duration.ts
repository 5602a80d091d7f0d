import { durationPattern } from '../model';

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `5m`, `24h`, `7d` → milliseconds. Only for text that the schema has let through. */
export function durationMs(text: string): number {
  const found = durationPattern.exec(text);
  if (!found) throw new RangeError(`not a duration: ${text}`);
  return Number(found[1]) * unitMs[found[2] as keyof typeof unitMs];
}
