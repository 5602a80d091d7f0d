/** Drills and their schedules over REST. */
import { beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { DrillView, SchedulePreview } from '@/lib/drill/model';
import { calendarEntry, readinessView } from '@/lib/http/views/drill-learning';
import { drillLimitView, drillView, freezeView, schedulePreview, skipView } from '@/lib/http/views/drills';
import { call, testConsole } from './console';

const house = testConsole();
let operator = '';
let viewer = '';
let admin = '';
const yaml = { 'content-type': 'application/yaml' };
const drill = {
  name: 'What would we do',
  feature: 'new-checkout',
  environment: 'production',
  owner: 'payments',
  level: 'tabletop',
  decision: { by: 'person', deadline: '10m' },
  schedule: {
    cron: '0 10 * * 2',
    timeZone: 'America/St_Johns',
    allowed: [{ days: ['mon', 'tue'], from: '09:00', to: '24:00' }],
    blackout: ['2026-12-29'],
  },
};
const reason = { reason: 'as planned' };

beforeAll(async () => {
  operator = await house.newKey('operator');
  viewer = await house.newKey('viewer');
  admin = await house.newKey('admin');
  const body = { key: 'new-checkout', owner: 'payments', versions: { control: 0, treatment: 1 }, baseline: 'control' };
  expect((await call('PUT', '/features/new-checkout', { key: operator, body })).status).toBe(200);
});

describe('a drill', () => {
  test('is planned in YAML, listed, changed in JSON, paused, resumed and archived', async () => {
    const made = await call('POST', '/drills', { key: operator, headers: yaml, body: stringify(drill) });
    expect(made.status, made.text).toBe(201);
    const view = drillView.parse(made.body) as DrillView;
    expect(made.body).toEqual(view);
    const path = `/drills/${view.id}`;
    expect((await call('GET', path, { key: viewer })).body).toEqual(view);
    expect((await call('GET', '/drills?feature=new-checkout', { key: viewer })).body).toEqual([view]);
    expect((await call('GET', '/drills?environment=staging', { key: viewer })).body).toEqual([]);
    const changed = await call('PUT', path, { key: operator, body: { ...drill, name: 'Another' } });
    expect(changed.body).toMatchObject({ id: view.id, name: 'Another', nextRunAt: view.nextRunAt });
    expect((await call('POST', `${path}/pause`, { key: operator, body: reason })).body).toMatchObject({
      nextRunAt: null,
      blockedBy: 'paused',
    });
    expect((await call('POST', `${path}/resume`, { key: operator, body: reason })).body).toMatchObject({
      nextRunAt: view.nextRunAt,
    });
    const skips = (await call('GET', `${path}/skips?limit=5`, { key: viewer })).body as unknown[];
    expect(skips.map((s) => skipView.parse(s))).toEqual([]);
    expect((await call('POST', `${path}/archive`, { key: operator, body: reason })).status).toBe(200);
    expect((await call('GET', '/drills?archived=true', { key: viewer })).body).toMatchObject([{ id: view.id }]);
    expect((await call('PUT', path, { key: operator, body: drill })).status).toBe(409);
  });

  test('is changed once by two who read the same version, in JSON or in YAML, and planned again as it is told', async () => {
    const made = (await call('POST', '/drills', { key: operator, body: drill })).body as DrillView;
    const path = `/drills/${made.id}`;
    expect(made.version).toBe(1);
    const first = await call('PUT', path, { key: operator, body: { ...drill, owner: 'search', basedOn: 1 } });
    expect(first.body).toMatchObject({ owner: 'search', version: 2 });
    const late = stringify({ ...drill, name: 'Late', basedOn: 1 });
    const second = await call('PUT', path, { key: operator, headers: yaml, body: late });
    expect(second.status, second.text).toBe(409);
    expect(second.body).toMatchObject({
      detail: expect.stringMatching(/is at version 2 meanwhile: .+ changed owner\. Look again/),
      errors: [{ field: 'basedOn', message: 'is 2 by now' }],
    });
    // An answer that is sent back was read at its version.
    expect((await call('PUT', path, { key: operator, body: { ...made, name: 'Late' } })).status).toBe(409);
    const read = (await call('GET', path, { key: viewer })).body as DrillView;
    expect((await call('PUT', path, { key: operator, body: { ...read, name: 'Third' } })).body).toMatchObject({
      name: 'Third',
      owner: 'search',
      version: 3,
    });
    const text = (await call('GET', path, { key: viewer, headers: { accept: 'application/yaml' } })).text;
    const again = await call('POST', '/drills', { key: operator, headers: yaml, body: text });
    expect(again.body, again.text).toMatchObject({ name: 'Third', owner: 'search', version: 1 });
    for (const wrong of [0, 1.5, 'one', null])
      expect((await call('PUT', path, { key: operator, body: { ...drill, basedOn: wrong } })).body).toMatchObject({
        status: 400,
        errors: [{ field: 'basedOn' }],
      });
    expect((await call('POST', '/drills', { key: operator, body: { ...drill, basedOn: 1 } })).status).toBe(400);
    for (const { id } of [made, again.body as DrillView])
      await call('POST', `/drills/${id}/archive`, { key: operator, body: reason });
  });

  test('is refused with the fields that are wrong, and without a right to it', async () => {
    const schedule = { cron: 'mondays', allowed: [{ from: '09:00', to: '09:00' }] };
    const bad = await call('POST', '/drills', { key: operator, body: { ...drill, schedule, control: 'nobody' } });
    expect(bad.status).toBe(400);
    const { errors } = bad.body as { errors: Array<{ field: string; message: string }> };
    expect(errors.map((e) => e.field)).toEqual(['schedule.cron', 'schedule.allowed[0]', 'control']);
    expect(errors[0]?.message).toContain('is not a cron expression');
    expect((await call('POST', '/drills', { key: viewer, body: drill })).status).toBe(403);
    expect((await call('POST', '/drills', { body: drill })).status).toBe(401);
    expect((await call('GET', '/drills/drl_none', { key: viewer })).status).toBe(404);
    expect((await call('POST', '/drills/drl_none/pause', { key: operator, body: reason })).status).toBe(404);
    expect((await call('POST', '/drills/drl_none/pause', { key: operator, body: {} })).status).toBe(400);
  });
});

test('a preview of a draft and of a drill tell the same times, in the words of the reader’s zone', async () => {
  const made = await call('POST', '/drills', { key: operator, body: drill });
  const { id } = made.body as DrillView;
  const query = 'from=2026-10-26T00:00:00Z&count=3&zone=Asia/Kathmandu';
  const draft = await call('POST', `/drills/preview?${query}`, { key: viewer, body: drill });
  expect(draft.status, draft.text).toBe(200);
  expect(schedulePreview.parse(draft.body)).toEqual(draft.body);
  const { times, readerZone } = draft.body as SchedulePreview;
  expect(readerZone).toBe('Asia/Kathmandu');
  expect(times.map((t) => [t.local, t.reader, t.clockChanged])).toEqual([
    ['2026-10-27T10:00-02:30', '2026-10-27T18:15+05:45', false],
    ['2026-11-03T10:00-03:30', '2026-11-03T19:15+05:45', true],
    ['2026-11-10T10:00-03:30', '2026-11-10T19:15+05:45', false],
  ]);
  expect((await call('GET', `/drills/${id}/preview?${query}`, { key: viewer })).body).toEqual(draft.body);
  const year = await call('GET', '/drills/calendar?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z', { key: viewer });
  expect(year.body).toMatchObject({ errors: [{ field: 'to' }] });
  const now = Date.now();
  const soon = `from=${new Date(now).toISOString()}&to=${new Date(now + 90 * 86_400_000).toISOString()}`;
  const entries = (await call('GET', `/drills/calendar?${soon}`, { key: viewer })).body as unknown[];
  expect(entries.map((e) => calendarEntry.parse(e))).toContainEqual(expect.objectContaining({ drillId: id }));
  const all = (await call('GET', '/drills/readiness', { key: viewer })).body as unknown[];
  expect(all.map((r) => readinessView.parse(r))).toEqual(
    (await call('GET', '/features/new-checkout/readiness', { key: viewer })).body,
  );
  expect((await call('GET', `/drills/${id}/preview?zone=Mars/Base`, { key: viewer })).status).toBe(400);
  expect((await call('POST', '/drills/preview', { key: viewer, body: {} })).status).toBe(400);
});

test('a freeze and the limit are read by who may view, and set by who may operate or administer', async () => {
  const body = { until: new Date(Date.now() + 3_600_000).toISOString(), reason: 'sale', environments: ['production'] };
  const set = await call('PUT', '/settings/drill-freeze', { key: operator, body });
  expect(freezeView.parse(set.body)).toMatchObject(body);
  expect((await call('GET', '/settings/drill-freeze', { key: viewer })).body).toEqual(set.body);
  expect((await call('PUT', '/settings/drill-freeze', { key: viewer, body })).status).toBe(403);
  expect(
    (await call('PUT', '/settings/drill-freeze', { key: operator, body: { until: null, reason: 'x' } })).status,
  ).toBe(200);
  expect((await call('PUT', '/settings/drill-limit', { key: operator, body: { max: 3 } })).status).toBe(403);
  const limit = await call('PUT', '/settings/drill-limit', { key: admin, body: { max: 3 } });
  expect(drillLimitView.parse(limit.body)).toEqual({ max: 3 });
  expect((await call('GET', '/settings/drill-limit', { key: viewer })).body).toEqual({ max: 3 });
});
