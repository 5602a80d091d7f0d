/** The shapes that webhooks and control planes answer with; tests hold real answers against them. */
import { z } from 'zod';
import type { DeliveryView } from '@/lib/plane/deliveries';
import { deliveryStates, type PlaneView, planeKinds, planeState, type ReadBack } from '@/lib/plane/model';
import { failures, type NewSecret, type Sent, type WebhookView, webhookStates } from '@/lib/webhook/model';

const instant = z.iso.datetime();

export const webhookView = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  allowPrivate: z.boolean().meta({ description: 'an administrator lets it be on a private network' }),
  state: z.enum(webhookStates),
  disabledReason: z.string().nullable().meta({ description: 'why Belay itself has disabled it' }),
  previousSecretUntil: instant.nullable().meta({ description: 'until then the secret before this one signs too' }),
  createdBy: z.string(),
  createdAt: instant,
  updatedAt: instant,
}) satisfies z.ZodType<WebhookView>;

export const newSecretView = webhookView.extend({
  secret: z.string().meta({ description: 'whsec_…; in this answer and nowhere else' }),
}) satisfies z.ZodType<NewSecret>;

export const sentView = z.union([
  z.object({
    kind: z.literal('answered'),
    status: z.number().int(),
    body: z.string(),
    truncated: z.boolean().meta({ description: 'only the first 64 KiB of the body were read' }),
    retryAfterMs: z.number().nullable(),
  }),
  z.object({
    kind: z.enum(failures),
    why: z.string(),
    reached: z.boolean().meta({ description: 'the request, or a part of it, may have arrived' }),
  }),
]) satisfies z.ZodType<Sent>;

const breakerView = z.union([
  z.object({ state: z.literal('closed'), failures: z.number().int() }),
  z.object({ state: z.literal('open'), until: z.number(), opened: z.number().int() }),
  z.object({ state: z.literal('half_open'), until: z.number(), opened: z.number().int() }),
]);

export const planeView = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(planeKinds),
  webhook: z.string().nullable().meta({ description: 'id of the registered target' }),
  regions: z.array(z.string()).meta({ description: 'all must be heard of before the state counts as known' }),
  deadlineMs: z.number().int(),
  fallbackPlane: z.string().nullable(),
  fallbackVersion: z.string().nullable(),
  breaker: breakerView.meta({ description: 'open: not called until then (ms since the epoch)' }),
  createdBy: z.string(),
  createdAt: instant,
  updatedAt: instant,
}) satisfies z.ZodType<PlaneView>;

export const readBackView = z.union([
  z.object({
    known: z.literal(true),
    state: planeState,
    fence: z.number().int(),
    key: z.string().nullable(),
    at: instant,
  }),
  z.object({ known: z.literal(false), why: z.string(), retryAfterMs: z.number().nullable() }),
]) satisfies z.ZodType<ReadBack>;

export const deliveryView = z.object({
  feature: z.string(),
  environment: z.string(),
  plane: z.object({ id: z.string(), name: z.string() }),
  state: z.enum(deliveryStates).meta({ description: 'confirmed: it reads back as ordered' }),
  detail: z.string().meta({ description: 'what the plane said last' }),
  attempts: z.number().int(),
  orderedAt: instant,
  confirmedAt: instant.nullable(),
}) satisfies z.ZodType<DeliveryView>;
