import { describe, expect, it } from 'vitest';
import { whatWentBack } from '@/app/ui/rollback/reading';
import type { MigrationView } from '@/lib/migration/model';
import type { NoticeView } from '@/lib/notice/model';
import type { DeliveryView } from '@/lib/plane/deliveries';
import type { RollbackStep, RollbackView, StepWork } from '@/lib/rollback/model';
import type { ApprovalView, RolloutView } from '@/lib/rollout/model';
import { concernsOf, type Known } from './concerns';

const now = Date.parse('2026-11-22T12:00:00Z');
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

const step = (work: StepWork, over: Partial<RollbackStep> = {}): RollbackStep => ({
  id: work.kind,
  title: `the ${work.kind}`,
  owner: null,
  expected: '',
  how: '',
  work,
  needs: [],
  state: 'done',
  attempts: 1,
  startedAt: ago(9),
  endedAt: null,
  dueAt: null,
  detail: '',
  next: '',
  ...over,
});
const rollback = (over: Partial<RollbackView> = {}) =>
  ({
    id: 'rb_1',
    kind: 'rollback',
    feature: 'new-checkout',
    environment: 'production',
    state: 'verifying',
    cohorts: [],
    steps: [step({ kind: 'exposure' }, { state: 'pending' })],
    decidedAt: ago(10),
    escalatedAt: null,
    endedAt: null,
    acknowledged: null,
    ...over,
  }) as RollbackView;
const fails = { criterion: 'errors', cohort: 'beta', kind: 'guardrail', outcome: 'fail' };
const rollout = (over: Partial<RolloutView> = {}, outcomes: unknown[] = []) =>
  ({
    id: 'ro_1',
    feature: 'new-checkout',
    environment: 'production',
    state: 'running',
    heldReason: null,
    startedAt: ago(60),
    updatedAt: ago(30),
    verdictSince: ago(5),
    verdict: { kind: 'hold', reason: 'gate_waits', outcomes, gate: [] },
    ...over,
  }) as unknown as RolloutView;
const known = (over: Partial<Known> = {}): Known => ({
  rollouts: [],
  rollbacks: [],
  approvals: [],
  migrations: [],
  deliveries: [],
  notices: [],
  drills: [],
  mine: [],
  incidents: [],
  asking: [],
  reviews: [],
  actions: [],
  refused: [],
  unread: [],
  lastAt: new Map(),
  cap: { max: 3, windowMinutes: 60 },
  now,
  ...over,
});
const only = (over: Partial<Known>) => {
  const found = concernsOf(known(over));
  expect(found).toHaveLength(1);
  return found[0];
};

describe('a rollback', () => {
  it('that is not confirmed says what failed and what to do', () => {
    const check = { kind: 'check', check: { name: 'no-orphans' } } as StepWork;
    const failed = step(check, { state: 'failed', detail: '3 rows', next: 'Look at the rows, then try again.' });
    const late = rollback({ state: 'unconfirmed', escalatedAt: ago(2), steps: [failed] });
    expect(only({ rollbacks: [late] })).toEqual({
      kind: 'unconfirmed',
      href: '/rollbacks/rb_1',
      about: { feature: 'new-checkout', environment: 'production' },
      at: ago(2),
      text: 'The rollback is not confirmed: the check no-orphans failed: 3 rows',
      next: 'Look at the rows, then try again.',
    });
  });

  it.each<[string, StepWork, Partial<RollbackStep>, string]>([
    ['a person', { kind: 'person', who: 'payments', blocking: true }, {}, 'waits for payments: the person'],
    ['nobody in particular', { kind: 'person', who: '', blocking: true }, {}, 'waits for somebody: the person'],
    [
      'a manual migration',
      { kind: 'revert', migration: 'm', name: 'column', how: 'manual' },
      { owner: 'orders' },
      'waits for orders: the revert',
    ],
  ])('waits for %s', (_who, work, over, text) => {
    const waiting = step(work, { state: 'waiting', next: 'Do it, then tick it off.', ...over });
    const telemetry = step({ kind: 'exposure' }, { state: 'waiting' });
    expect(only({ rollbacks: [rollback({ steps: [telemetry, waiting] })] })).toMatchObject({
      kind: 'person',
      text: `The rollback ${text}`,
      next: 'Do it, then tick it off.',
    });
  });

  it('that a person need not wait for, or that waits for telemetry, is under way', () => {
    const leisure = step(
      { kind: 'person', who: 'a', blocking: false },
      { state: 'waiting', next: 'When there is time.' },
    );
    const telemetry = step({ kind: 'exposure' }, { state: 'waiting' });
    expect(only({ rollbacks: [rollback({ steps: [leisure, telemetry] })] })?.kind).toBe('rolling');
    const sql = step({ kind: 'revert', migration: 'm', name: 'n', how: 'sql' }, { state: 'waiting' });
    expect(only({ rollbacks: [rollback({ steps: [sql] })] })?.kind).toBe('rolling');
  });

  it('that is verified or taken over needs nobody', () => {
    const acknowledged = { by: 'Ada', at: ago(1), reason: 'seen' };
    expect(concernsOf(known({ rollbacks: [rollback({ state: 'unconfirmed', acknowledged })] }))).toEqual([]);
    expect(concernsOf(known({ rollbacks: [rollback({ state: 'verified' })] }))).toEqual([]);
  });

  it('is told apart in a list by whom and what it took back', () => {
    const revert = (state: RollbackStep['state']) =>
      step({ kind: 'revert', migration: 'm', name: 'n', how: 'sql' }, { state });
    expect(whatWentBack(rollback())).toBe('Everybody');
    expect(whatWentBack(rollback({ cohorts: ['eu', 'us'] }))).toBe('Only eu, us');
    expect(whatWentBack(rollback({ kind: 'restore' }))).toBe('Back to a snapshot');
    expect(whatWentBack(rollback({ steps: [revert('done')] }))).toBe('Everybody; 1 migration reverted');
    expect(whatWentBack(rollback({ steps: [revert('done'), revert('left')] }))).toBe(
      'Everybody; 1 of 2 migrations reverted',
    );
  });
});

describe('Belay asks', () => {
  const asked = rollout({ state: 'held', heldReason: 'rollback_cap' }, [fails]);
  it.each([
    [{ max: 3, windowMinutes: 60 }, 'Belay has rolled back 3 times in the last hour and asks: roll back new-checkout?'],
    [{ max: 1, windowMinutes: 60 }, 'Belay has rolled back once in the last hour and asks: roll back new-checkout?'],
    [
      { max: 2, windowMinutes: 30 },
      'Belay has rolled back twice in the last 30\u202fmin and asks: roll back new-checkout?',
    ],
    [{ max: 0, windowMinutes: 60 }, 'Belay rolls nothing back by itself and asks: roll back new-checkout?'],
    [null, 'Belay has rolled back as often by itself as it may, and asks: roll back new-checkout?'],
  ])('%j', (cap, text) => {
    expect(only({ rollouts: [asked], cap })).toMatchObject({ kind: 'cap', text, ask: asked });
  });

  it('why is said, once for a rollout, also while a person holds it', () => {
    const held = rollout({ state: 'held', verdict: { reason: 'rollback_cap', outcomes: [fails], gate: [] } as never });
    expect(only({ rollouts: [held] })?.next).toBe(
      'Guardrail errors fails in beta. It is held, and people on the candidate stay there.',
    );
    expect(only({ rollouts: [rollout({ state: 'held', heldReason: 'rollback_cap' })] })?.next).toContain(
      'nothing fails now',
    );
  });

  it('is over once it rolls back', () => {
    const rolling = rollout({ state: 'rolling_back', heldReason: null, verdict: { reason: 'rollback_cap' } as never });
    expect(concernsOf(known({ rollouts: [rolling] }))).toEqual([]);
  });
});

it('everything, in the order in which it is grave', () => {
  const migration = { name: 'column', state: 'failed', detail: 'timed out.', next: 'Retry it.', startedAt: ago(1) };
  const delivery = { plane: { id: 'p', name: 'Edge' }, state: 'conflict', detail: 'it serves treatment.' };
  const place = { feature: 'new-checkout', environment: 'production' };
  const notice = { state: 'failed', at: ago(1), address: 'chat', title: 'a title', lastError: 'it answered 500' };
  const found = concernsOf(
    known({
      refused: [{ at: ago(1), message: 'too old' }],
      notices: [notice as NoticeView, notice as NoticeView, { ...notice, at: ago(60 * 24) } as NoticeView],
      rollouts: [
        rollout({ id: 'stale' }),
        rollout({ id: 'held', state: 'held', heldReason: 'held_by_person' }),
        rollout({ id: 'failing' }, [fails]),
        rollout({ id: 'asked', state: 'held', heldReason: 'rollback_cap' }),
      ],
      lastAt: new Map([['stale', new Date(now - 120_000)]]),
      approvals: [
        { ...place, rolloutId: 'r', stageName: 'beta', requestedBy: 'Ada', requestedAt: ago(1) } as ApprovalView,
      ],
      deliveries: [
        { ...place, ...delivery, orderedAt: ago(1) } as DeliveryView,
        { state: 'confirmed' } as DeliveryView,
      ],
      migrations: [{ ...place, ...migration } as MigrationView, { state: 'pending' } as MigrationView],
      rollbacks: [
        rollback(),
        rollback({ steps: [step({ kind: 'person', who: 'a', blocking: true }, { state: 'waiting' })] }),
        rollback({ state: 'unconfirmed' }),
      ],
      unread: ['approvals'],
    }),
  );
  expect(found.map((c) => [c.kind, c.text])).toEqual([
    ['unread', 'Belay could not read approvals just now, so something may be missing here'],
    ['unconfirmed', expect.stringMatching(/^The rollback is not confirmed: /)],
    ['person', 'The rollback waits for a: the person'],
    ['cap', 'Belay has rolled back 3 times in the last hour and asks: roll back new-checkout?'],
    ['migration', 'The migration column failed: timed out'],
    ['plane', 'Edge does not serve what was ordered: it serves treatment'],
    ['rolling', expect.stringMatching(/^Rolling back/)],
    ['failing', 'Guardrail errors fails in beta'],
    ['approval', 'Approval to leave beta, asked for by Ada'],
    ['held', 'Held until somebody resumes or rolls back'],
    ['stale', 'No telemetry for 2\u202fmin'],
    ['untold', 'chat could not be told “a title”, and 1 more'],
    ['rejected', 'Points are refused: too old'],
  ]);
});

it('silence is told from what could not be read, and from what has only begun', () => {
  const lastAt = (at: Date | null) => new Map([['ro_1', at]]);
  expect(concernsOf(known({ rollouts: [rollout()] }))).toEqual([]);
  expect(only({ rollouts: [rollout()], lastAt: lastAt(null) })?.text).toBe('No telemetry has arrived at all');
  expect(concernsOf(known({ rollouts: [rollout({ startedAt: ago(0.9) })], lastAt: lastAt(null) }))).toEqual([]);
  expect(concernsOf(known({ rollouts: [rollout()], lastAt: lastAt(new Date(now - 89_999)) }))).toEqual([]);
  expect(concernsOf(known({ refused: [{ at: ago(11), message: 'old' }] }))).toEqual([]);
});

it('a drill is a line where it asks, is owed or has failed, and none while it is well', () => {
  const drill = (over: object) => ({
    drills: [
      {
        id: 'drl_1',
        name: 'Weekly',
        feature: 'new-checkout',
        environment: 'production',
        decision: { by: 'person' },
        schedule: {},
        lastRun: null,
        overdueSince: null,
        blockedBy: null,
        updatedAt: ago(60),
        ...over,
      },
    ] as unknown as Known['drills'],
  });
  const last = (state: string) => ({ lastRun: { id: 'run_1', state, endedAt: ago(3) } });
  const asks = drill(last('deciding'));
  expect(only({ ...asks, mine: ['run_1'] })).toMatchObject({ kind: 'drill_person', href: '/drills/runs/run_1' });
  expect(only(asks)).toMatchObject({ kind: 'drill_asks', text: expect.stringContaining('somebody else') });
  expect(only(drill(last('failed')))).toMatchObject({ kind: 'drill_failed', at: ago(3) });
  expect(only(drill({ overdueSince: ago(9) }))).toMatchObject({ kind: 'drill_overdue', at: ago(9) });
  const unproven = drill({ unprovenSince: ago(9) });
  expect(only(unproven)).toMatchObject({ kind: 'drill_overdue', at: ago(9), text: expect.stringContaining('proven') });
  for (const well of [{}, last('restored'), last('verifying'), { ...last('deciding'), decision: { by: 'automatic' } }])
    expect(concernsOf(known(drill(well)))).toEqual([]);
});

it('a review that waits is a line, and so is each report with overdue actions', () => {
  const subject = { kind: 'rollback', id: 'rb_1', feature: 'new-checkout', environment: 'production', rolloutId: null };
  const line = { id: 'pm_1', title: 'new-checkout taken back', subject, createdAt: ago(50) };
  const action = (over: Record<string, unknown>) => ({
    postmortemId: 'pm_1',
    postmortemTitle: 'new-checkout taken back',
    title: 'Mend the retry',
    owner: 'Ada',
    dueOn: '2026-11-20',
    ...over,
  });
  const older = action({ title: 'Alert on it', dueOn: '2026-11-18', owner: 'Bo' });
  const other = action({ postmortemId: 'pm_2', title: 'Test it' });
  const found = concernsOf(
    known({ reviews: [line], actions: [action({}), older, other] } as unknown as Partial<Known>),
  );
  expect(found.map(({ kind, href, text, at }) => [kind, href, text, at])).toEqual([
    ['review', '/postmortems/pm_1#reviews', 'A post-mortem waits for your review: new-checkout taken back', ago(50)],
    [
      'action_overdue',
      '/postmortems/pm_1#actions',
      'Alert on it is overdue, owner Bo, and 1 more',
      '2026-11-19T00:00:00.000Z',
    ],
    ['action_overdue', '/postmortems/pm_2#actions', 'Test it is overdue, owner Ada', '2026-11-21T00:00:00.000Z'],
  ]);
});

it('an incident is a line while it goes on, and a stage that waits for a drill leads to the one there is', () => {
  const at = { feature: 'new-checkout', environment: 'production' };
  const incident = {
    ...at,
    id: 'inc_1',
    reason: 'payments fail.',
    by: 'Ada',
    at: ago(4),
  } as Known['incidents'][number];
  expect(only({ incidents: [incident] })).toMatchObject({
    kind: 'incident',
    text: 'An incident is marked by Ada: payments fail',
    href: '/features/new-checkout#incidents',
    at: ago(4),
  });
  const item = (met: boolean) => ({ reason: 'drill_stale', met, detail: { stage: 'everyone', within: '30d' } });
  const waits = (met: boolean) => {
    const of = rollout();
    return { ...of, verdict: { ...of.verdict, gate: [item(met)] } } as RolloutView;
  };
  const fresh = { lastAt: new Map([['ro_1', new Date(now)]]) };
  expect(only({ ...fresh, rollouts: [waits(false)] })).toMatchObject({
    kind: 'drill_gate',
    text: 'The stage everyone waits for a drill that is proven within 30d',
    href: '/drills/new?feature=new-checkout',
  });
  const drills = [
    { ...at, id: 'drl_1', name: 'd', schedule: null, lastRun: null, overdueSince: null, decision: {}, blockedBy: null },
  ];
  expect(only({ ...fresh, rollouts: [waits(false)], drills: drills as unknown as Known['drills'] })).toMatchObject({
    href: '/drills/drl_1',
  });
  expect(concernsOf(known({ ...fresh, rollouts: [waits(true)] }))).toEqual([]);
});
