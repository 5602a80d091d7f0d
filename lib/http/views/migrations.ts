/** The shapes that migration steps and registered databases answer with; tests hold real answers against them. */
import { z } from 'zod';
import {
  actionInput,
  blockReasons,
  checkInput,
  type DatabaseView,
  type MigrationView,
  migrationKinds,
  migrationStates,
} from '@/lib/migration/model';
import { rolloutStates } from '@/lib/rollout/model';

const instant = z.iso.datetime();
const block = z.object({
  reason: z.enum(blockReasons),
  step: z.string().nullable().meta({ description: 'rolloutId/name of what stands in the way, where it is a step' }),
});

export const migrationView = z.object({
  id: z.string(),
  rolloutId: z.string(),
  rolloutState: z.enum(rolloutStates),
  feature: z.string(),
  environment: z.string(),
  name: z.string(),
  kind: z.enum(migrationKinds),
  owner: z.string(),
  description: z.string(),
  stage: z.string().nullable().meta({ description: 'the stage that needs it; null: the first one' }),
  dependsOn: z.array(z.string()).meta({ description: 'rolloutId/name' }),
  irreversible: z.boolean(),
  apply: actionInput,
  revert: actionInput.nullable(),
  check: checkInput.nullable(),
  state: z.enum(migrationStates),
  applied: z.boolean().meta({ description: 'it is there, whatever came of checking it or of taking it back' }),
  detail: z.string(),
  next: z.string().meta({ description: 'what a person should do; empty: nothing' }),
  blockedBy: z.array(block).meta({ description: 'what keeps it from being applied now' }),
  revertBlockedBy: z.array(block).meta({ description: 'what keeps it from being taken back now' }),
  blocks: z.array(z.string()).meta({ description: 'steps that wait for it, as rolloutId/name' }),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
}) satisfies z.ZodType<MigrationView>;

export const databaseView = z.object({
  id: z.string(),
  name: z.string(),
  address: z.string().meta({ description: 'host, port and database; the user and the password are never shown' }),
  createdBy: z.string(),
  createdAt: instant,
}) satisfies z.ZodType<DatabaseView>;

export const databaseTestView = z.object({ ok: z.boolean(), detail: z.string() });
