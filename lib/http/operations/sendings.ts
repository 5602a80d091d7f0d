/** Post-mortems that people send to people. */
import { z } from 'zod';
import { sendInput } from '@/lib/postmortem/sending-model';
import { sendingView } from '../views/sendings';
import { anything, type Operation } from './operation';

export const sendingOperations = {
  sendPostmortem: {
    method: 'POST',
    path: '/postmortems/{id}/send',
    summary: 'Send the version that was read to people who may see it; a mail to a mailbox of their own takes it along',
    permission: 'operate',
    input: anything,
    accepts: sendInput.meta({ examples: [{ version: 3, people: ['ada'], note: 'What we learnt on Friday' }] }),
    idempotent: true,
    answers: sendingView,
  },
  listSendings: {
    method: 'GET',
    path: '/postmortems/{id}/send',
    summary: 'Whom it was sent to in the last thirty days, and what became of each mail; the newest 20',
    permission: 'view',
    answers: z.array(sendingView),
  },
} as const satisfies Record<string, Operation>;
