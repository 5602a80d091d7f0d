/** The shape that incidents answer with; tests hold real answers against it. */
import { z } from 'zod';
import type { Incident } from '@/lib/incident/model';

const instant = z.iso.datetime();

export const incidentView = z.object({
  id: z.string(),
  feature: z.string(),
  environment: z.string(),
  reason: z.string(),
  by: z.string(),
  at: instant,
  endedAt: instant.nullable().meta({ description: 'null: it goes on, and no drill begins there' }),
  endedBy: z.string().nullable(),
  endedReason: z.string().nullable(),
}) satisfies z.ZodType<Incident>;
