/** One JSON line an event, on standard output. Secrets are cut out here, whatever the caller passes. */
import pino, { type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

const secrets = [
  'authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'apiKey',
  'token',
  'session',
  'password',
  'secret',
];
const secretNames = new RegExp(`^(${secrets.join('|')})$`, 'i');
/** a key of ours, a webhook's secret, a bearer of any kind, and the password of a connection string */
const secretTexts: Array<[RegExp, string]> = [
  [/\bbelay_[0-9a-z]{12}_[0-9a-z]{32}(_[0-9a-f]{8})?/g, 'belay_***'],
  [/\bwhsec_[A-Za-z0-9+/]+=*/g, 'whsec_***'],
  [/\b(bearer|basic) +[^\s"',]+/gi, '$1 ***'],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]*@/gi, '$1:***@'],
  // drizzle repeats a failed query's values
  [/\nparams: [\s\S]*?(?=\n\s+at |$)/g, ''],
  [/(\/sign-in\/)[^\s/?"']+/g, '$1***'],
];

const deepest = 6;

function cleanText(text: string): string {
  return secretTexts.reduce((cleaned, [pattern, put]) => cleaned.replace(pattern, put), text);
}

function clean(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  if (value instanceof Error) return cleanError(value);
  if (depth >= deepest) return '…';
  if (Array.isArray(value)) return value.map((inner) => clean(inner, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, secretNames.test(name) ? '***' : clean(inner, depth + 1)]),
  );
}

function cleanError(error: Error): unknown {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return {
    type: error.name,
    message: cleanText(error.message),
    ...(code === undefined ? {} : { code }),
    stack: cleanText(error.stack ?? ''),
    ...(cause instanceof Error ? { cause: cleanError(cause) } : {}),
  };
}

export function openLog(process: string, options: { level?: string; to?: DestinationStream } = {}): Log {
  return pino(
    {
      level: options.level ?? 'info',
      base: { process },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (level) => ({ level }),
        log: (fields) => clean(fields) as Record<string, unknown>,
        bindings: (fields) => clean(fields) as Record<string, unknown>,
      },
      // Only serializers see a child logger's bindings. For `err`, pino's own would let causes and codes go.
      serializers: { ...Object.fromEntries(secrets.map((name) => [name, () => '***'])), err: (error) => error },
      hooks: {
        logMethod(args, method) {
          method.apply(this, args.map((a) => (typeof a === 'string' ? cleanText(a) : a)) as typeof args);
        },
      },
    },
    options.to ?? pino.destination({ fd: 1, sync: true }),
  );
}
