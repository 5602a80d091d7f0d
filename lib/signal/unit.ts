/** Units that differ only in scale, so that `ms` and `s` of one metric can be added. UCUM spellings. */

type Scale = { dimension: string; factor: number };
const table: Record<string, Scale> = {
  ns: { dimension: 'time', factor: 1e-9 },
  us: { dimension: 'time', factor: 1e-6 },
  µs: { dimension: 'time', factor: 1e-6 },
  ms: { dimension: 'time', factor: 1e-3 },
  s: { dimension: 'time', factor: 1 },
  min: { dimension: 'time', factor: 60 },
  h: { dimension: 'time', factor: 3600 },
  d: { dimension: 'time', factor: 86400 },
  bit: { dimension: 'bytes', factor: 0.125 },
  By: { dimension: 'bytes', factor: 1 },
  kBy: { dimension: 'bytes', factor: 1e3 },
  MBy: { dimension: 'bytes', factor: 1e6 },
  GBy: { dimension: 'bytes', factor: 1e9 },
  KiBy: { dimension: 'bytes', factor: 1024 },
  MiBy: { dimension: 'bytes', factor: 1024 ** 2 },
  GiBy: { dimension: 'bytes', factor: 1024 ** 3 },
  '%': { dimension: 'one', factor: 0.01 },
  '1': { dimension: 'one', factor: 1 },
  '': { dimension: 'one', factor: 1 },
};
/** Spellings outside UCUM that exporters are known to send. */
const alias: Record<string, string> = {
  milliseconds: 'ms',
  seconds: 's',
  microseconds: 'us',
  nanoseconds: 'ns',
  bytes: 'By',
  b: 'By',
};

function scaleOf(unit: string): Scale | undefined {
  // A UCUM annotation such as {request} is a comment on the unit 1.
  const bare = unit.replace(/\{[^}]*\}/g, '');
  return table[alias[bare] ?? bare];
}

/** `value` of unit `from` is `value * times / over` of unit `to`; null when no such number exists. */
export function unitRatio(from: string, to: string): { times: number; over: number } | null {
  if (from === to) return { times: 1, over: 1 };
  const a = scaleOf(from);
  const b = scaleOf(to);
  if (!a || !b || a.dimension !== b.dimension) return null;
  // Dividing by a whole number is exact where multiplying by its reciprocal is not: 5 ms is 5/1000 s, not 5*0.001.
  return a.factor < b.factor
    ? { times: 1, over: whole(b.factor / a.factor) }
    : { times: whole(a.factor / b.factor), over: 1 };
}

/** Takes the rounding of 1 / 1e-3 out, and leaves 1024 / 1000 alone. */
function whole(ratio: number): number {
  const near = Math.round(ratio);
  return Math.abs(near - ratio) < 1e-9 * ratio ? near : ratio;
}
