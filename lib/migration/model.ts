/** Steps that change data or schemas for a version, and checks of what must hold. Safe in a browser. */
import { z } from 'zod';
import type { RolloutState } from '@/lib/rollout/model';

/** In the order in which a change without downtime goes: add, fill, use, remove. */
export const migrationKinds = ['expand', 'backfill', 'switch', 'contract'] as const;
export type MigrationKind = (typeof migrationKinds)[number];

/** `applying` and `reverting`: the intent is committed, what came of it is not known yet. `left`: a rollback had to leave it. */
export const migrationStates = ['pending', 'applying', 'applied', 'reverting', 'reverted', 'failed', 'left'] as const;
export type MigrationState = (typeof migrationStates)[number];

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/, 'use letters, digits and . _ - (at most 80)');
const target = z.string().min(1).max(100);
const sql = z.string().trim().min(1).max(20_000);
const timeoutMs = z.number().int().min(100).max(600_000);

/** `database` and `webhook` are names or ids of what was registered. Statements of `sql` run in one transaction. */
export const actionInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manual'), text: z.string().trim().min(1).max(4000) }),
  z.strictObject({
    kind: z.literal('webhook'),
    webhook: target,
    body: z.record(z.string(), z.unknown()).default({}),
    timeoutMs: timeoutMs.default(10_000),
  }),
  z.strictObject({ kind: z.literal('sql'), database: target, statements: sql, timeoutMs: timeoutMs.default(60_000) }),
]);
export type MigrationAction = z.output<typeof actionInput>;

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/** `no_rows` and `rows`: how many the query answers; `equals`: the first column of its only row. */
export const expectation = z.union([z.enum(['no_rows', 'rows']), z.strictObject({ equals: scalar })]);
export type Expectation = z.output<typeof expectation>;

const onFailure = z.string().trim().max(2000).default('').meta({ description: 'what to do when it fails' });
export const checkInput = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sql'),
    name,
    database: target,
    query: sql,
    expect: expectation.default('no_rows'),
    timeoutMs: timeoutMs.default(10_000),
    onFailure,
  }),
  z.strictObject({
    kind: z.literal('webhook'),
    name,
    webhook: target,
    body: z.record(z.string(), z.unknown()).default({}),
    timeoutMs: timeoutMs.default(10_000),
    onFailure,
  }),
]);
export type Check = z.output<typeof checkInput>;

/** A check of a column that the revert drops can only hold before it. */
export const checkTimes = ['both', 'apply', 'rollback'] as const;

export const migrationInput = z
  .strictObject({
    name,
    kind: z.enum(migrationKinds),
    owner: z.string().trim().min(1).max(200),
    description: z.string().max(2000).default(''),
    apply: actionInput,
    revert: actionInput.nullish().transform((r) => r ?? null),
    /** what must hold after it was applied, and again after a rollback */
    check: checkInput.nullish().transform((c) => c ?? null),
    checkAfter: z
      .enum(checkTimes)
      .default('both')
      .meta({ description: 'apply: for what a revert takes away, such as a new column' }),
    /** names of steps of this rollout, or `rol_…/name` of another's */
    dependsOn: z.array(z.string().min(1).max(200)).max(50).default([]),
    irreversible: z.boolean().default(false),
    /** the stage that needs it; left out: the first one. A contract waits for graduation. */
    stage: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .nullish()
      .transform((s) => s ?? null),
  })
  .refine((m) => m.irreversible || m.revert !== null, {
    path: ['revert'],
    message: 'is needed, unless the step is irreversible',
  })
  .refine((m) => m.kind !== 'contract' || m.stage === null, {
    path: ['stage'],
    message: 'is not for a contract: it waits until the rollout has completed',
  });
export type Migration = z.output<typeof migrationInput>;

export const databaseInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  /** never shown again, for it holds a password */
  url: z
    .string()
    .max(2000)
    .refine((v) => /^postgres(ql)?:\/\//.test(v) && URL.canParse(v), 'must be a postgres:// address'),
});
export type DatabaseView = {
  id: string;
  name: string;
  /** host, port and database, without user and password */
  address: string;
  createdBy: string;
  createdAt: string;
};

/** Why a step may not go on. `step` is `rolloutId/name` of what stands in the way. */
export const blockReasons = [
  'depends_on',
  'not_started',
  'before_graduation',
  'stands_on',
  'rolled_back',
  'running',
  'no_way_back',
] as const;
export type Block = { reason: (typeof blockReasons)[number]; step: string | null };

export type MigrationView = {
  id: string;
  rolloutId: string;
  rolloutState: RolloutState;
  feature: string;
  environment: string;
  name: string;
  kind: MigrationKind;
  owner: string;
  description: string;
  stage: string | null;
  dependsOn: string[];
  irreversible: boolean;
  apply: MigrationAction;
  revert: MigrationAction | null;
  check: Check | null;
  state: MigrationState;
  /** it is there, whatever came of checking it or of taking it back */
  applied: boolean;
  detail: string;
  /** what a person should do; empty: nothing */
  next: string;
  /** what keeps it from being applied now */
  blockedBy: Block[];
  /** what keeps it from being taken back now */
  revertBlockedBy: Block[];
  /** what waits for it, as `rolloutId/name` */
  blocks: string[];
  startedAt: string | null;
  endedAt: string | null;
};
