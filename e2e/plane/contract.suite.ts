/** What must hold of every control plane, well-behaved or not. Each adapter's test calls this with a bench of its own. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { differences } from '@/lib/plane/compare';
import type { Order, Plane, PlaneState, Written } from '@/lib/plane/model';

export const misbehaviours = [
  'says_yes_and_does_nothing',
  'flaps',
  'is_slow',
  'hangs',
  'hangs_after_applying',
  'resets',
  'resets_after_applying',
  'applies_in_half',
  'answers_for_half',
  'is_changed_by_a_person',
  'forgets_keys',
  'fails',
  'fails_after_applying',
  'is_busy',
  'speaks_nonsense',
  'cannot_be_read',
] as const;
export type Misbehaviour = (typeof misbehaviours)[number];

export type Bench = {
  plane: Plane;
  feature: string;
  environment: string;
  /** three states that serve something different each; the first is there already */
  states: readonly [PlaneState, PlaneState, PlaneState];
  /** what the plane itself has carried out for Belay, in order, by its own ledger */
  effects: () => Promise<Array<{ key: string; fence: number }>>;
  /** whether it really serves this and nothing else, asked past the adapter */
  serves: (state: PlaneState) => Promise<boolean>;
  misbehave: (how: Misbehaviour) => Promise<void>;
  behave: () => Promise<void>;
  close: () => Promise<void>;
};

/** `impossible`: what cannot happen to this plane, and why. */
export function planeContract(
  name: string,
  open: () => Promise<Bench>,
  impossible: Partial<Record<Misbehaviour, string>> = {},
): void {
  let bench: Bench;
  let fence = 0;
  beforeEach(async () => {
    bench = await open();
    fence = 0;
  });
  afterEach(() => bench.close());

  const order = (desired: PlaneState, over: Partial<Order> = {}): Order => ({
    feature: bench.feature,
    environment: bench.environment,
    desired,
    fence: over.fence ?? ++fence,
    key: over.key ?? `rbk_${bench.feature}_${fence}/flags`,
  });
  const write = (given: Order) => bench.plane.write(given);
  const read = () => bench.plane.read(bench.feature, bench.environment);
  const timesOf = async (key: string) => (await bench.effects()).filter((effect) => effect.key === key).length;
  async function expectTrue(): Promise<void> {
    const found = await read();
    if (found.known) expect(await bench.serves(found.state), 'a state that is known is what is served').toBe(true);
  }
  async function expectAccepted(given: Order): Promise<void> {
    expect(await write(given)).toMatchObject({ kind: 'accepted' });
    expect(await bench.serves(given.desired)).toBe(true);
    const found = await read();
    expect(found).toMatchObject({ known: true, fence: given.fence, key: given.key });
    if (found.known) expect(differences(given.desired, found.state)).toEqual([]);
  }

  describe(`${name}, when all is well`, () => {
    test('carries an order out, and reads back as ordered', async () => {
      for (const state of bench.states) await expectAccepted(order(state));
    });

    test('the same key twice has one effect, and the same answer', async () => {
      const given = order(bench.states[1]);
      for (let time = 0; time < 3; time++) await expectAccepted(given);
      expect(await timesOf(given.key)).toBe(1);
    });

    test('the same key at the same time has one effect', async () => {
      const given = order(bench.states[1]);
      const answers = await Promise.all(Array.from({ length: 5 }, () => write(given)));
      expect(answers.map(({ kind }) => kind)).toEqual(Array(5).fill('accepted'));
      expect(await timesOf(given.key)).toBe(1);
    });

    test('a key stands for one order: with another state it is refused', async () => {
      const given = order(bench.states[1]);
      await expectAccepted(given);
      const written = await write({ ...given, desired: bench.states[2] });
      expect(written.kind).toBe('refused');
      expect(await bench.serves(bench.states[1])).toBe(true);
    });

    test('a lower fence is refused, and changes nothing', async () => {
      const newer = order(bench.states[1], { fence: 7 });
      await expectAccepted(newer);
      const late = order(bench.states[2], { fence: 6, key: 'rbk_late/flags' });
      expect(await write(late)).toMatchObject({ kind: 'conflict', fence: 7 });
      expect(await timesOf(late.key)).toBe(0);
      expect(await bench.serves(bench.states[1])).toBe(true);
    });

    test('what was carried out under a lower fence is not taken back by repeating it', async () => {
      const first = order(bench.states[1]);
      await expectAccepted(first);
      await expectAccepted(order(bench.states[2]));
      expect((await write(first)).kind).toBe('conflict');
      expect(await bench.serves(bench.states[2])).toBe(true);
      expect(await timesOf(first.key)).toBe(1);
    });

    test('several steps of one rollback share its fence', async () => {
      await expectAccepted(order(bench.states[1], { fence: 4, key: 'rbk_steps/one' }));
      await expectAccepted(order(bench.states[2], { fence: 4, key: 'rbk_steps/two' }));
    });

    test('of many at once the highest fence stays', async () => {
      const orders = [3, 1, 5, 2, 4].map((n) =>
        order(bench.states[n % 3] ?? bench.states[0], { fence: n, key: `rbk_many/${n}` }),
      );
      const answers = await Promise.all(orders.map(write));
      expect(await bench.serves(bench.states[2])).toBe(true);
      expect(await timesOf('rbk_many/5')).toBe(1);
      for (const [i, { kind }] of answers.entries()) if (orders[i]?.fence === 5) expect(kind).toBe('accepted');
    });

    test('of a feature that it has never heard of nothing is known', async () => {
      expect(await bench.plane.read('nobody-knows-this', bench.environment)).toMatchObject({ known: false });
    });
  });

  describe(`${name} misbehaves`, () => {
    test.each(misbehaviours.filter((how) => !impossible[how]))('%s', async (how) => {
      await expectAccepted(order(bench.states[1]));
      await bench.misbehave(how);
      const given = order(bench.states[2]);
      const written: Written = await write(given);
      // Nothing is claimed that is not so.
      if (written.kind === 'accepted') expect(await bench.serves(given.desired)).toBe(true);
      await expectTrue();
      await expectTrue();
      expect(written.kind).toMatch(allowed[how]);
      // Whoever is not sure asks again, while it still misbehaves.
      await write(given);
      await expectTrue();
      await recover(given);
    });

    /** Whatever happened: the same key has one effect at most, and a person's way out works. */
    async function recover(given: Order): Promise<void> {
      await bench.behave();
      const again = await write(given);
      expect(await timesOf(given.key)).toBeLessThanOrEqual(1);
      if (again.kind === 'accepted') {
        expect(await timesOf(given.key)).toBe(1);
        expect(await bench.serves(given.desired)).toBe(true);
      }
      const next = order(bench.states[0]);
      await expectAccepted(next);
      expect(await timesOf(next.key)).toBe(1);
    }
  });
}

const no = /^(unknown|conflict|refused)$/;
const unsure = /^unknown$/;
/** What may be said of an order that met with this. */
const allowed: Record<Misbehaviour, RegExp> = {
  says_yes_and_does_nothing: no,
  flaps: /^(accepted|unknown|conflict)$/,
  is_slow: /^accepted$/,
  hangs: unsure,
  // Reading back may show that it was carried out, or not be possible either.
  hangs_after_applying: /^(accepted|unknown)$/,
  resets: unsure,
  resets_after_applying: /^(accepted|unknown)$/,
  applies_in_half: unsure,
  answers_for_half: unsure,
  is_changed_by_a_person: /^conflict$/,
  forgets_keys: /^accepted$/,
  fails: unsure,
  fails_after_applying: /^(accepted|unknown)$/,
  is_busy: unsure,
  speaks_nonsense: unsure,
  cannot_be_read: unsure,
};
