/** What is to be done after a report: by whom, until when, and where a tracker keeps it. Safe in a browser. */
import { z } from 'zod';

export const actionTypes = ['prevent', 'mitigate', 'detect', 'repair', 'process'] as const;
export const priorities = ['urgent', 'high', 'normal', 'low'] as const;
export const actionStates = ['open', 'in_progress', 'done', 'dropped'] as const;
export const actionInput = z.strictObject({
  title: z.string().trim().min(1).max(300),
  detail: z.string().trim().max(4000).default(''),
  type: z.enum(actionTypes).default('prevent'),
  owner: z.string().trim().min(1, 'name who does it').max(200),
  dueOn: z.iso.date(),
  priority: z.enum(priorities).default('normal'),
});
/** What is left out stays. */
export const actionChange = z.strictObject({
  basedOn: z.number().int().min(1).meta({ description: 'the revision of the action that was read' }),
  title: z.string().trim().min(1).max(300).optional(),
  detail: z.string().trim().max(4000).optional(),
  type: z.enum(actionTypes).optional(),
  owner: z.string().trim().min(1, 'name who does it').max(200).optional(),
  dueOn: z.iso.date().optional(),
  priority: z.enum(priorities).optional(),
  state: z.enum(['open', 'in_progress']).optional(),
});
export const closeInput = z.strictObject({
  state: z.enum(['done', 'dropped']).default('done'),
  reason: z.string().trim().max(500).default(''),
});
/** When a day on which an action is due begins and ends. */
export const daysInput = z.strictObject({
  timeZone: z
    .string()
    .min(1)
    .max(100)
    .default('UTC')
    .meta({ description: 'a name of the IANA database; the same for everybody' }),
});
export type DaysSetting = z.output<typeof daysInput>;
export type DaysView = DaysSetting & { today: string };

export const trackingStates = ['pending', 'delivered', 'failed'] as const;
export type TrackingView = { state: (typeof trackingStates)[number]; attempts: number; lastError: string | null };
export type ActionView = z.output<typeof actionInput> & {
  id: string;
  postmortemId: string;
  postmortemTitle: string;
  feature: string;
  state: (typeof actionStates)[number];
  revision: number;
  overdue: boolean;
  /** of its newest state to the tracker; null: there was none when it changed last */
  tracking: TrackingView | null;
  /** where a tracker keeps it, as its answer said; null: it is only here */
  tracker: { url: string; at: string } | null;
  createdBy: string;
  createdAt: string;
  closedAt: string | null;
  closedBy: string | null;
};

/** Which registered webhook is told of action items; null: none. */
export const trackerInput = z.strictObject({
  webhook: z.string().min(1).max(100).nullable().default(null),
  /** those of reports that not everybody may see are told too */
  restricted: z.boolean().default(false),
});
export type TrackerSetting = z.output<typeof trackerInput>;
