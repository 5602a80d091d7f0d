/** A person's mark that something is wrong with a feature for real. Safe in a browser. */
import { z } from 'zod';

const reason = z.string({ error: 'say what is wrong' }).trim().min(1, 'say what is wrong').max(500);

export const incidentInput = z.strictObject({
  environment: z.string({ error: 'say where' }).trim().min(1, 'say where').max(100),
  reason,
});

export type Incident = {
  id: string;
  feature: string;
  environment: string;
  reason: string;
  by: string;
  at: string;
  /** null: it goes on */
  endedAt: string | null;
  endedBy: string | null;
  endedReason: string | null;
};
