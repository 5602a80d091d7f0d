/** Configuration in its revisions, and the recorded states of a feature. */
import { z } from 'zod';
import { configurationInput, restoreRevisionInput } from '@/lib/configuration/model';
import { snapshotInput } from '@/lib/snapshot/model';
import { text, whole } from '../query';
import { restoreView } from '../views/rollbacks';
import { comparisonView, configurationView, restorePreviewView, snapshotView } from '../views/snapshots';
import { anything, type Operation, reason } from './operation';

const environment = z.strictObject({ environment: text });

export const snapshotOperations = {
  getConfiguration: {
    method: 'GET',
    path: '/features/{key}/configuration',
    summary: 'What the versions of a feature are configured with in an environment',
    permission: 'view',
    query: environment,
    answers: configurationView,
  },
  putConfiguration: {
    method: 'PUT',
    path: '/features/{key}/configuration',
    summary: 'Change the configuration; OFREP answers it as the object flag KEY.config',
    permission: 'operate',
    input: anything,
    accepts: configurationInput,
    answers: configurationView,
  },
  listConfigurationRevisions: {
    method: 'GET',
    path: '/features/{key}/configuration/revisions',
    summary: 'Every revision of the configuration, newest first',
    permission: 'view',
    query: environment,
    answers: z.array(configurationView),
  },
  restoreConfiguration: {
    method: 'POST',
    path: '/features/{key}/configuration/revisions/{revision}/restore',
    summary: 'Make a new revision with the values of an older one',
    permission: 'operate',
    input: anything,
    accepts: restoreRevisionInput,
    idempotent: true,
    answers: configurationView,
  },
  listSnapshots: {
    method: 'GET',
    path: '/features/{key}/snapshots',
    summary: 'Recorded states of a feature, newest first',
    permission: 'view',
    query: z.strictObject({ environment: text.optional(), limit: whole(1, 500).optional() }),
    answers: z.array(snapshotView),
  },
  takeSnapshot: {
    method: 'POST',
    path: '/features/{key}/snapshots',
    summary: 'Record the state of a feature now',
    permission: 'operate',
    input: anything,
    accepts: snapshotInput,
    idempotent: true,
    answers: snapshotView,
    status: 201,
  },
  getSnapshot: {
    method: 'GET',
    path: '/snapshots/{id}',
    summary: 'One recorded state',
    permission: 'view',
    answers: snapshotView,
  },
  compareSnapshots: {
    method: 'GET',
    path: '/snapshots/{id}/compare',
    summary: 'What differs between two recorded states, or a recorded state and now',
    permission: 'view',
    query: z.strictObject({ with: text.meta({ description: 'id of another snapshot, or `now`' }) }),
    answers: comparisonView,
  },
  previewRestore: {
    method: 'GET',
    path: '/snapshots/{id}/restore',
    summary: 'What going back to it would change, and what would stay',
    permission: 'view',
    answers: restorePreviewView,
  },
  restoreSnapshot: {
    method: 'POST',
    path: '/snapshots/{id}/restore',
    summary: 'Go back to it; a live rollout is rolled back. To expose a version again takes an approver',
    permission: 'operate',
    input: z.strictObject({ reason }),
    idempotent: true,
    answers: restoreView,
  },
} as const satisfies Record<string, Operation>;
