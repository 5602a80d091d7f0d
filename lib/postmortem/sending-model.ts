/** A report that a person sends to people. Safe in a browser. */
import { z } from 'zod';
import type { PostmortemView } from './model';

export const sendInput = z.strictObject({
  version: z.number().int().min(1).meta({ description: 'the version that was read; another is refused' }),
  people: z
    .array(z.string().trim().min(1).max(200))
    .min(1, 'name whom it goes to')
    .max(50)
    .meta({ description: 'names or ids of people' }),
  note: z
    .string()
    .trim()
    .max(2000)
    .default('')
    .meta({ description: 'in the mails, and for whoever sees the report; it is in no history and no chat' }),
});

/** `why`: why no mail of it goes to that person; empty: one does. */
export type Mailed = { id: string; name: string; why: string };

/** What no version holds, as it stood when it was sent, and what the texts of its version were. */
export type CopyContent = {
  view: Omit<PostmortemView, 'document' | 'comments' | 'related'>;
  /** SHA-256 of what is read when a mail is made: another text is not sent */
  documentHash: string;
  evidenceHash: string;
  evidence: number;
  /** where the console answered */
  base: string | null;
};

/** `linked`: told, by a mail that holds a link to the report and not the report. */
export const sentStates = ['waiting', 'told', 'linked', 'failed', 'not_mailed'] as const;
/** What became of one copy for one person. */
export type SentTo = {
  id: string;
  name: string;
  state: (typeof sentStates)[number];
  /** why not, or not yet; empty: nothing is in the way */
  why: string;
  at: string | null;
};
export type SendingView = { id: string; version: number; by: string; note: string; at: string; people: SentTo[] };
