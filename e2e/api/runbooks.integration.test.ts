/** Runbooks and templates over REST. */
import { beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { RunbookUsed, RunbookView } from '@/lib/runbook/model';
import type { TemplateView } from '@/lib/template/model';
import { call, testConsole } from './console';

const house = testConsole();
let operator = '';
let viewer = '';
const path = '/features/new-checkout/runbook';
const yaml = { 'content-type': 'application/yaml' };

beforeAll(async () => {
  operator = await house.newKey('operator');
  viewer = await house.newKey('viewer');
  const body = { key: 'new-checkout', owner: 'payments', versions: { control: 0, treatment: 1 }, baseline: 'control' };
  expect((await call('PUT', '/features/new-checkout', { key: operator, body })).status).toBe(200);
});

describe('a runbook', () => {
  test('is read as the one that comes with Belay, then given as YAML, then changed', async () => {
    const before = (await call('GET', path, { key: viewer })).body as RunbookUsed;
    expect(before).toMatchObject({ id: null, version: 0 });
    const given = { name: 'Checkout', steps: before.steps, reason: 'our own', basedOn: before.version };
    const made = await call('PUT', path, { key: operator, headers: yaml, body: stringify(given) });
    expect(made.status, made.text).toBe(200);
    const { id, version } = made.body as RunbookView;
    expect(version).toBe(1);
    const person = { act: 'person', name: 'tell', title: 'Tell support' };
    const body = { ...given, steps: [...before.steps, person], reason: 'support asked', basedOn: 1 };
    const changed = await call('PUT', path, { key: operator, body });
    expect(changed.body).toMatchObject({ id, version: 2, reason: 'support asked' });
    expect((await call('PUT', path, { key: operator, body: { ...body, name: 'late' } })).status).toBe(409);
    expect((await call('GET', `/runbooks/${id}`, { key: viewer })).body).toEqual(changed.body);
    expect((await call('GET', `/runbooks/${id}/versions`, { key: viewer })).body).toEqual([changed.body, made.body]);
    expect((await call('GET', '/runbooks', { key: viewer })).body).toMatchObject([
      { id, owner: 'payments', version: 2 },
    ]);
    expect((await call('GET', path, { key: viewer })).body).toMatchObject({ id, version: 2 });
  });

  test('that is wrong is refused with the fields that are', async () => {
    const steps = [
      { act: 'person', name: 'a b', title: '' },
      { act: 'dance', name: 'x', title: 'y' },
    ];
    const answer = await call('PUT', path, { key: operator, body: { name: 'x', steps, reason: 'y' } });
    expect(answer.status).toBe(400);
    const { errors } = answer.body as { errors: Array<{ field: string }> };
    expect(errors.map((e) => e.field)).toEqual(['steps[0].name', 'steps[0].title', 'steps[1].act']);
  });

  test('is changed by who may operate, and read by who may view', async () => {
    const body = { name: 'x', steps: [], reason: 'y' };
    expect((await call('PUT', path, { key: viewer, body })).status).toBe(403);
    expect((await call('GET', path)).status).toBe(401);
    expect((await call('GET', '/features/none/runbook', { key: viewer })).status).toBe(404);
    expect((await call('GET', '/runbooks/rbk_none', { key: viewer })).status).toBe(404);
    expect((await call('GET', '/runbooks/rbk_none/versions', { key: viewer })).status).toBe(404);
  });
});

describe('a template', () => {
  test('is listed, copied, changed and removed', async () => {
    const shelf = (await call('GET', '/templates?kind=criteria', { key: viewer })).body as TemplateView[];
    expect(shelf.every((t) => t.kind === 'criteria' && t.builtin)).toBe(true);
    const [first] = shelf;
    const body = { kind: 'criteria', name: 'ours', body: first?.body };
    const made = await call('POST', '/templates', { key: operator, body });
    expect(made.status, made.text).toBe(201);
    const { id } = made.body as TemplateView;
    const change = { name: 'ours too', description: 'both', body: first?.body };
    expect((await call('PUT', `/templates/${id}`, { key: operator, body: change })).body).toMatchObject(change);
    expect((await call('GET', `/templates/${id}`, { key: viewer })).body).toMatchObject(change);
    expect((await call('DELETE', `/templates/${id}`, { key: viewer })).status).toBe(403);
    expect((await call('DELETE', `/templates/${id}`, { key: operator })).status).toBe(204);
    expect((await call('DELETE', `/templates/${id}`, { key: operator })).status).toBe(404);
  });

  test('is made once, however often it is sent with the same key', async () => {
    const body = { kind: 'plan', name: 'once', body: ((await planOf()) as TemplateView).body };
    const headers = { 'idempotency-key': 'template-once' };
    const [a, b] = [
      await call('POST', '/templates', { key: operator, body, headers }),
      await call('POST', '/templates', { key: operator, body, headers }),
    ];
    expect([a.status, b.status]).toEqual([201, 201]);
    expect(b.body).toEqual(a.body);
  });
  const planOf = async () => (await call('GET', '/templates/quick-flag', { key: viewer })).body;

  test('that is wrong, or comes with Belay, is refused', async () => {
    const wrong = await call('POST', '/templates', { key: operator, body: { kind: 'plan', name: 'x', body: {} } });
    expect(wrong.status).toBe(400);
    expect((await call('PUT', '/templates/quick-flag', { key: operator, body: { name: 'x', body: {} } })).status).toBe(
      409,
    );
    expect((await call('GET', '/templates?kind=other', { key: viewer })).status).toBe(400);
  });
});
