/** What a drill says wrongly is named by its path and in a sentence, in JSON and in YAML, and nothing is planned. */
import { beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { call, testConsole } from './console';

const house = testConsole();
let operator = '';
const yaml = { 'content-type': 'application/yaml' };
const schedule = { cron: '0 9 * * 1', timeZone: 'Europe/Berlin' };
const drill = {
  name: 'Checkout goes back',
  feature: 'new-checkout',
  environment: 'production',
  owner: 'payments',
  fault: { share: 40, expiresAfter: '5m' },
  schedule,
};
const tabletop = { level: 'tabletop', fault: null, decision: { by: 'person' } };

beforeAll(async () => {
  operator = await house.newKey('operator');
  for (const key of ['new-checkout', 'search']) {
    const body = { key, owner: 'payments', versions: { control: 0, treatment: 1 }, baseline: 'control' };
    expect((await call('PUT', `/features/${key}`, { key: operator, body })).status).toBe(200);
  }
  const beta = { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] };
  expect((await call('PUT', '/cohorts/beta', { key: operator, body: beta })).status).toBe(200);
  const plan = {
    feature: 'new-checkout',
    environment: 'production',
    owner: 'payments',
    hypothesis: 'It raises completed orders',
    baseline: 'control',
    candidate: 'treatment',
    stages: [{ name: 'beta', exposure: { beta: 100 }, minDuration: '1m', minSamples: 100 }],
    criteria: [
      {
        name: 'errors',
        kind: 'guardrail',
        measure: 'share',
        metric: 'http.server.request.duration',
        of: { 'http.response.status_code': '5xx' },
        against: 'baseline',
        better: 'lower',
        margin: '3pp',
      },
    ],
  };
  const made = await call('POST', '/rollouts', { key: operator, body: plan });
  expect(made.status, made.text).toBe(201);
});

async function errorsOf(headers: Record<string, string>, body: unknown): Promise<Array<[string, string]>> {
  const answer = await call('POST', '/drills', { key: operator, headers, body });
  expect(answer.status, answer.text).toBe(400);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  const { errors } = answer.body as { errors: Array<{ field: string; message: string }> };
  return errors.map(({ field, message }) => [field, message]);
}

const wholeDay = { from: '00:00', to: '24:00' };
/** Every day from now on that the horizon has. */
const everyMonday = Array.from({ length: 420 }, (_, i) => new Date(Date.now() + (i - 1) * 86_400_000))
  .filter((day) => day.getUTCDay() === 1)
  .map((day) => day.toISOString().slice(0, 10));

describe('in JSON and in YAML', () => {
  test.each<[string, object, Array<[string, string | RegExp]>]>([
    [
      'a window that never opens',
      { schedule: { ...schedule, allowed: [{ from: '09:00', to: '09:00' }] } },
      [['schedule.allowed[0]', 'never opens: it ends when it begins']],
    ],
    [
      'a window wholly inside a blocked one',
      {
        schedule: {
          ...schedule,
          allowed: [wholeDay, { days: ['mon'], from: '09:00', to: '10:00' }],
          blocked: [{ from: '08:00', to: '12:00' }],
        },
      },
      [['schedule.allowed[1]', 'never opens: all of it is blocked']],
    ],
    [
      'a window that is shut whenever the cron names a time',
      { schedule: { ...schedule, allowed: [{ from: '10:00', to: '11:00' }] } },
      [['schedule.allowed[0]', 'never opens when the cron names a time, in 400 days']],
    ],
    [
      'a fault without expiry',
      { fault: { share: 40 } },
      [['fault.expiresAfter', 'is needed: the target must end the fault by itself']],
    ],
    ['no fault', { fault: undefined }, [['fault', 'is needed, with an expiry']]],
    [
      'a fault that ends in no lifetime',
      { fault: { share: 40, expiresAfter: '9999999d' } },
      [['fault.expiresAfter', 'must be at most 4h']],
    ],
    ['an objective that is negative', { objectives: { detect: '-1m' } }, [['objectives.detect', /not a duration/]]],
    ['no owner', { owner: undefined }, [['owner', 'is needed']]],
    [
      'an objective in the past',
      { objectives: { provenBy: '2026-01-01T00:00:00Z' } },
      [['objectives.provenBy', 'lies in the past']],
    ],
    [
      'an objective of nothing',
      { objectives: { actuate: '0s' } },
      [['objectives.actuate', 'must be longer than nothing']],
    ],
    [
      'a cron that is none',
      { schedule: { cron: 'every monday' } },
      [['schedule.cron', 'is not a cron expression: it needs five fields: minute hour day month weekday']],
    ],
    [
      'a cron with a month too many',
      { schedule: { cron: '0 9 * 13 *' } },
      [['schedule.cron', /^is not a cron expression: .*month: 13/]],
    ],
    [
      'a cron that never fires',
      { schedule: { cron: '30 9 31 2 *' } },
      [['schedule.cron', 'names no time within 400 days']],
    ],
    [
      'a cron with an hour of 31',
      { schedule: { cron: '31 30 2 * *' } },
      [['schedule.cron', /^is not a cron expression: .*hour: 30/]],
    ],
    [
      'an unknown zone',
      { schedule: { ...schedule, timeZone: 'Mars/Base' } },
      [['schedule.timeZone', 'is no time zone: Mars/Base; use a name such as Europe/Berlin']],
    ],
    [
      'a zone without summer time',
      { schedule: { ...schedule, timeZone: '+01:00' } },
      [['schedule.timeZone', /is no time zone: \+01:00/]],
    ],
    [
      'a blackout of every date',
      { schedule: { cron: '0 12 * * 1', blackout: everyMonday } },
      [['schedule.blackout', 'leaves open no time of the cron, in 400 days']],
    ],
    [
      'a blackout that is no date',
      { schedule: { ...schedule, blackout: ['2026-02-30'] } },
      [['schedule.blackout[0]', /date/i]],
    ],
    [
      'a fault that outlives its blast',
      { blast: { cohort: 'beta', minutes: 4 } },
      [['fault.expiresAfter', 'is longer than the 4 minutes of the blast']],
    ],
    [
      'a person who may answer after the fault has ended',
      { decision: { by: 'person', deadline: '5m' } },
      [['decision.deadline', 'does not pass before the fault ends by itself, 5m after it began']],
    ],
    [
      'an objective that the fault does not last for',
      { objectives: { detect: '6m' } },
      [['objectives.detect', 'is over only after the fault ends by itself, 5m after it began']],
    ],
    [
      'a control that is touched',
      { blast: { cohort: 'beta' }, control: 'beta' },
      [['control', 'is the cohort that is touched']],
    ],
    [
      'cohorts that there are not',
      { blast: { cohort: 'nobody' }, control: 'noone' },
      [
        ['blast.cohort', 'there is no cohort nobody'],
        ['control', 'there is no cohort noone'],
      ],
    ],
    ['a rollout that there is not', { rollout: 'rol_none' }, [['rollout', 'there is no rollout rol_none']]],
    ['a runbook that there is not', { runbook: 'rbk_none' }, [['runbook', 'there is no runbook rbk_none']]],
    ['a feature that there is not', { feature: 'none' }, [['feature', 'there is no feature none']]],
    [
      'a feature that was never rolled out',
      { feature: 'search' },
      [['rollout', /^is needed: search has none in production yet/]],
    ],
    ['an environment of drills', { environment: 'drill/run_1' }, [['environment', 'belongs to a drill itself']]],
    [
      'a tabletop with a fault',
      { ...tabletop, fault: drill.fault },
      [['fault', 'is not for a tabletop: nothing is injected']],
    ],
    [
      'a tabletop for nobody',
      { ...tabletop, decision: { by: 'automatic' } },
      [['decision.by', 'a tabletop is for people']],
    ],
    ['a fault that touches nobody named', { level: 'fault' }, [['blast', 'is needed: say whom it may touch']]],
    ['an unknown field', { schedule: { ...schedule, windows: [] } }, [['schedule.windows', 'is not known here']]],
    ['a wrong type', { fault: { share: 'forty', expiresAfter: '5m' } }, [['fault.share', /expected number/]]],
    ['a wrong level', { level: 'chaos' }, [['level', /tabletop/]]],
    [
      'several at once',
      { control: 'nobody', objectives: { provenBy: '2020-01-01T00:00:00Z' }, schedule: { cron: 'x' } },
      [
        ['objectives.provenBy', 'lies in the past'],
        ['schedule.cron', /five fields/],
        ['control', 'there is no cohort nobody'],
      ],
    ],
  ])('%s', async (_what, over, wanted) => {
    const said = { ...drill, ...over };
    const asked = JSON.parse(JSON.stringify(said));
    const inJson = await errorsOf({}, asked);
    expect(inJson.map(([field]) => field)).toEqual(wanted.map(([field]) => field));
    for (const [i, [, message]] of wanted.entries())
      if (typeof message === 'string') expect(inJson[i]?.[1]).toBe(message);
      else expect(inJson[i]?.[1]).toMatch(message);
    expect(await errorsOf(yaml, stringify(asked))).toEqual(inJson);
    expect((await call('GET', '/drills', { key: operator })).body).toEqual([]);
  });
});

test.each<[string, string, string | RegExp]>([
  ['an alias that would unfold', `a: &a [1, 2]\nb: &b [*a, *a]\n${stringify(drill)}x: [*b, *b]`, /aliases/],
  ['a key twice', `${stringify(drill)}name: again\n`, /is not YAML: line \d+, column 1: duplicate key/],
  ['two documents', `${stringify(drill)}---\nname: b\n`, /is not YAML/],
  ['no YAML', 'name: [', /is not YAML: line 1/],
  ['nesting without end', `name: ${'['.repeat(5_000)}`, 'is nested too deeply'],
])('text that is no drill: %s', async (_what, text, says) => {
  const [[field, message] = ['', ''], ...more] = await errorsOf(yaml, text);
  expect([field, more]).toEqual(['body', []]);
  if (typeof says === 'string') expect(message).toBe(says);
  else expect(message).toMatch(says);
});

test('too much, nothing, and what is no object', async () => {
  const long = await call('POST', '/drills', { key: operator, headers: yaml, body: `# ${'x'.repeat(1_100_000)}` });
  expect(long.status).toBe(413);
  expect(await errorsOf(yaml, '- a\n')).toEqual([['body', 'must be an object']]);
  expect(await errorsOf({ 'content-type': 'application/json' }, '')).toEqual([['body', 'must be an object']]);
  const xml = await call('POST', '/drills', { key: operator, headers: { 'content-type': 'text/xml' }, body: '<a/>' });
  expect(xml.status).toBe(415);
});
