/** Addresses that Belay calls, and the control planes behind some of them. */
import { z } from 'zod';
import { deliveryStates, planeInput } from '@/lib/plane/model';
import { rotateInput, webhookInput } from '@/lib/webhook/model';
import { list, text } from '../query';
import { deliveryView, newSecretView, planeView, readBackView, sentView, webhookView } from '../views/planes';
import { anything, type Operation } from './operation';

export const planeOperations = {
  listWebhooks: {
    method: 'GET',
    path: '/webhooks',
    summary: 'Addresses that Belay calls, without their secrets',
    permission: 'administer',
    answers: z.array(webhookView),
  },
  createWebhook: {
    method: 'POST',
    path: '/webhooks',
    summary: 'Register an address; its secret is in this answer and nowhere else',
    permission: 'administer',
    input: anything,
    accepts: webhookInput,
    answers: newSecretView,
    status: 201,
  },
  getWebhook: {
    method: 'GET',
    path: '/webhooks/{id}',
    summary: 'One address',
    permission: 'administer',
    answers: webhookView,
  },
  putWebhook: {
    method: 'PUT',
    path: '/webhooks/{id}',
    summary: 'Change, enable or disable an address; the secret stays',
    permission: 'administer',
    input: anything,
    accepts: webhookInput,
    answers: webhookView,
  },
  removeWebhook: {
    method: 'DELETE',
    path: '/webhooks/{id}',
    summary: 'Remove an address that no control plane is reached through and no notices go to',
    permission: 'administer',
    status: 204,
  },
  rotateWebhook: {
    method: 'POST',
    path: '/webhooks/{id}/rotate',
    summary: 'Make a new secret, shown in this answer only; the old one signs too for a while',
    permission: 'administer',
    input: anything.optional(),
    accepts: rotateInput.optional(),
    answers: newSecretView,
  },
  testWebhook: {
    method: 'POST',
    path: '/webhooks/{id}/test',
    summary: 'Send a signed ping and answer what came back',
    permission: 'administer',
    answers: sentView,
  },
  listPlanes: {
    method: 'GET',
    path: '/planes',
    summary: 'Control planes; the built-in flags are one',
    permission: 'view',
    answers: z.array(planeView),
  },
  createPlane: {
    method: 'POST',
    path: '/planes',
    summary: 'Register a control plane behind a webhook',
    permission: 'administer',
    input: anything,
    accepts: planeInput,
    idempotent: true,
    answers: planeView,
    status: 201,
  },
  getPlane: {
    method: 'GET',
    path: '/planes/{id}',
    summary: 'One control plane',
    permission: 'view',
    answers: planeView,
  },
  putPlane: {
    method: 'PUT',
    path: '/planes/{id}',
    summary: 'Change a control plane',
    permission: 'administer',
    input: anything,
    accepts: planeInput,
    answers: planeView,
  },
  removePlane: {
    method: 'DELETE',
    path: '/planes/{id}',
    summary: 'Remove a control plane that nothing falls back to',
    permission: 'administer',
    status: 204,
  },
  listPlaneDeliveries: {
    method: 'GET',
    path: '/plane-deliveries',
    summary: 'What outside control planes were ordered to serve, and whether they do; newest order first',
    permission: 'view',
    query: z.strictObject({
      state: list(z.enum(deliveryStates)).optional(),
      feature: text.optional(),
      environment: text.optional(),
    }),
    answers: z.array(deliveryView),
  },
  readPlane: {
    method: 'GET',
    path: '/planes/{id}/state',
    summary: 'Asks the plane what it really serves of a feature',
    permission: 'operate',
    query: z.strictObject({ feature: text, environment: text.default('production') }),
    answers: readBackView,
  },
} as const satisfies Record<string, Operation>;
