/** Telling people: what was told, where it goes, and when Belay asks instead of rolling back. */
import { z } from 'zod';
import { addressInput, consoleInput, noticeStates } from '@/lib/notice/model';
import { rollbackCapInput } from '@/lib/rollout/model';
import { whole } from '../query';
import { consoleView, noticeAddressView, noticeView, rollbackCapView } from '../views/notices';
import { sentView } from '../views/planes';
import { anything, type Operation } from './operation';

export const noticeOperations = {
  listNotices: {
    method: 'GET',
    path: '/notices',
    summary: 'What people were told, or could not be told, newest first; one for each address',
    permission: 'view',
    query: z.strictObject({ state: z.enum(noticeStates).optional(), limit: whole(1, 1000).optional() }),
    answers: z.array(noticeView),
  },
  retryNotice: {
    method: 'POST',
    path: '/notices/{id}/retry',
    summary: 'Send a failed notice again',
    permission: 'operate',
    idempotent: true,
    answers: noticeView,
  },
  listNoticeAddresses: {
    method: 'GET',
    path: '/notice-addresses',
    summary: 'Where notices go',
    permission: 'view',
    answers: z.array(noticeAddressView),
  },
  addNoticeAddress: {
    method: 'POST',
    path: '/notice-addresses',
    summary: 'Let a registered webhook be told, of some kinds and environments or of all',
    permission: 'administer',
    input: anything,
    accepts: addressInput,
    answers: noticeAddressView,
    status: 201,
  },
  changeNoticeAddress: {
    method: 'PUT',
    path: '/notice-addresses/{id}',
    summary: 'Change what an address is told',
    permission: 'administer',
    input: anything,
    accepts: addressInput,
    answers: noticeAddressView,
  },
  removeNoticeAddress: {
    method: 'DELETE',
    path: '/notice-addresses/{id}',
    summary: 'Tell an address nothing any more; what waited for it is dropped',
    permission: 'administer',
    status: 204,
  },
  testNoticeAddress: {
    method: 'POST',
    path: '/notice-addresses/{id}/test',
    summary: 'Send a notice that says that it is a test, and answer what came back',
    permission: 'administer',
    answers: sentView,
  },
  getConsoleAddress: {
    method: 'GET',
    path: '/settings/console',
    summary: 'Where people reach this console, for the links in notices',
    permission: 'view',
    answers: consoleView,
  },
  putConsoleAddress: {
    method: 'PUT',
    path: '/settings/console',
    summary: 'Say where people reach this console',
    permission: 'administer',
    input: anything,
    accepts: consoleInput,
    answers: consoleView,
  },
  getRollbackCap: {
    method: 'GET',
    path: '/settings/rollback-cap',
    summary: 'How often Belay rolls back by itself in an environment before it asks',
    permission: 'view',
    answers: rollbackCapView,
  },
  putRollbackCap: {
    method: 'PUT',
    path: '/settings/rollback-cap',
    summary: 'Change how often Belay rolls back by itself in an environment before it asks; max 0: it always asks',
    permission: 'administer',
    input: anything,
    accepts: rollbackCapInput,
    answers: rollbackCapView,
  },
} as const satisfies Record<string, Operation>;
