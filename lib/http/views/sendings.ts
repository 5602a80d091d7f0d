/** The shape that sent post-mortems answer with; tests hold real answers against it. */
import { z } from 'zod';
import { type SendingView, sentStates } from '@/lib/postmortem/sending-model';

const instant = z.iso.datetime();

export const sendingView = z.object({
  id: z.string(),
  version: z.number().int().meta({ description: 'what was sent, as it was then' }),
  by: z.string(),
  note: z.string(),
  at: instant,
  people: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      state: z.enum(sentStates).meta({
        description:
          'of the mail; linked: it went with a link in place of the report; not_mailed: none goes; why says why',
      }),
      why: z.string().meta({ description: 'empty: nothing is in the way' }),
      at: instant.nullable().meta({ description: 'when a mail server took it' }),
    }),
  ),
}) satisfies z.ZodType<SendingView>;
