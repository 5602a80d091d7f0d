/** Steps that change data or schemas for a version, and the databases that they change. */
import { z } from 'zod';
import { databaseInput } from '@/lib/migration/model';
import { databaseTestView, databaseView, migrationView } from '../views/migrations';
import { anything, type Operation, reason } from './operation';

const order = z.strictObject({ reason });

export const migrationOperations = {
  listBacklog: {
    method: 'GET',
    path: '/migrations',
    summary: 'The migration steps of all rollouts that are not over, in the order in which they go',
    permission: 'view',
    answers: z.array(migrationView),
  },
  listMigrations: {
    method: 'GET',
    path: '/rollouts/{id}/migrations',
    summary: 'The migration steps of a rollout, in the order in which they go',
    permission: 'view',
    answers: z.array(migrationView),
  },
  applyMigration: {
    method: 'POST',
    path: '/rollouts/{id}/migrations/{name}/apply',
    summary: 'Order a step to be applied and checked; after a failed check: to be checked again',
    permission: 'operate',
    input: order,
    idempotent: true,
    answers: migrationView,
  },
  revertMigration: {
    method: 'POST',
    path: '/rollouts/{id}/migrations/{name}/revert',
    summary: 'Order a step to be taken back that nothing stands on',
    permission: 'operate',
    input: order,
    idempotent: true,
    answers: migrationView,
  },
  confirmMigration: {
    method: 'POST',
    path: '/rollouts/{id}/migrations/{name}/confirm',
    summary: 'Say that a step that only a person can do is done',
    permission: 'operate',
    input: z.strictObject({ note: z.string().trim().min(1, 'say what was done').max(500) }),
    idempotent: true,
    answers: migrationView,
  },
  listDatabases: {
    method: 'GET',
    path: '/databases',
    summary: 'PostgreSQL databases that steps change and checks read, without their passwords',
    permission: 'administer',
    answers: z.array(databaseView),
  },
  createDatabase: {
    method: 'POST',
    path: '/databases',
    summary: 'Register a database; its address is in no answer again',
    permission: 'administer',
    input: anything,
    accepts: databaseInput,
    answers: databaseView,
    status: 201,
  },
  getDatabase: {
    method: 'GET',
    path: '/databases/{id}',
    summary: 'One database',
    permission: 'administer',
    answers: databaseView,
  },
  putDatabase: {
    method: 'PUT',
    path: '/databases/{id}',
    summary: 'Change the name or the address of a database; the whole address is given again',
    permission: 'administer',
    input: anything,
    accepts: databaseInput,
    answers: databaseView,
  },
  removeDatabase: {
    method: 'DELETE',
    path: '/databases/{id}',
    summary: 'Remove a database that no step runs in',
    permission: 'administer',
    status: 204,
  },
  testDatabase: {
    method: 'POST',
    path: '/databases/{id}/test',
    summary: 'Ask the database for its version, and answer what it said',
    permission: 'administer',
    answers: databaseTestView,
  },
} as const satisfies Record<string, Operation>;
