/** The only place that reads the environment. Parsed once, at the start of a process; every setting has a default. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { badInput } from './errors';
import { drillFailpoints, failpoints, parseFailpoint } from './failpoint';

const port = (fallback: number) => z.coerce.number().int().min(0).max(65535).default(fallback);
const flag = (fallback: '0' | '1') =>
  z
    .enum(['0', '1'], 'must be 0 or 1')
    .default(fallback)
    .transform((v) => v === '1');
const url = (...schemes: string[]) =>
  z
    .string()
    .refine(
      (v) => schemes.some((s) => v.startsWith(`${s}://`)),
      `must start with ${schemes.map((s) => `${s}://`).join(' or ')}`,
    )
    .optional();

const schema = z.object({
  PORT: port(3000),
  OTLP_PORT: port(4318),
  HOST: z.string().min(1).default('127.0.0.1'),
  DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .transform((dir) => resolve(dir)),
  DATABASE_URL: url('postgres', 'postgresql'),
  REDIS_URL: url('redis', 'rediss'),
  BELAY_DEMO: flag('1'),
  /** where Belay's own traces go; also the standard OTEL_EXPORTER_OTLP_TRACES_ENDPOINT */
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http', 'https'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url('http', 'https'),
  /** for tests only: where the worker is to die (`lib/failpoint.ts`) */
  BELAY_FAILPOINT: z
    .string()
    .refine(
      (v) => parseFailpoint(v) !== null,
      `must be name, name:nth or name:nth:stop, with one of these names: ${[...failpoints, ...drillFailpoints].join(', ')}`,
    )
    .optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export type Config = z.output<typeof schema>;

/** @throws BelayError bad_input naming every wrong setting */
export function parseConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, v]) => v !== undefined && v !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw badInput(parsed.error.issues.map((i) => ({ field: i.path.join('.'), message: i.message })));
}

/** Every setting there is, by name. */
export const settings: string[] = Object.keys(schema.shape);

let config: Config | undefined;
/** What is set in the environment counts over what stands in `.env`. */
export function getConfig(): Config {
  if (!config && existsSync('.env')) process.loadEnvFile('.env');
  config ??= parseConfig(process.env);
  return config;
}
