/** The store as the model has it: compare-and-set on `attempts`, and a lease. */
import { stateOf } from '@/lib/rollback/machine';
import { type Answer, type Ask, leaseMs, type Row, retriedRow } from './history';

/** What is left out on purpose. */
export type StoreMutant = 'no_fence' | 'no_lease' | 'no_end';

export function modelStore(mutant: StoreMutant | null = null): (ask: Ask) => Answer {
  let row: Row | null = null;
  let leaseUntil = 0;
  let dueAt = 0;
  const free = (now: number) => mutant === 'no_lease' || leaseUntil <= now;
  const ended = () => mutant !== 'no_end' && row?.ended === true;
  const mine = (held: { attempts: number }) => mutant === 'no_fence' || held.attempts === row?.attempts;
  return (ask) => {
    if (ask.op === 'insert') {
      row = { ...ask.machine, state: ask.state, attempts: 0, ended: false };
      dueAt = ask.dueAt;
      return true;
    }
    if (!row) return null;
    switch (ask.op) {
      case 'due':
        return !ended() && dueAt <= ask.now && free(ask.now);
      case 'claim':
        if (ended() || !free(ask.now)) return null;
        row = { ...row, attempts: row.attempts + 1 };
        leaseUntil = ask.now + leaseMs;
        return row;
      case 'renew':
        if (!mine(ask.held)) return false;
        leaseUntil = ask.now + leaseMs;
        return true;
      case 'write':
        if (!mine(ask.held)) return null;
        row = { ...row, ...ask.machine, state: ask.state, ended: row.ended || ask.ended };
        return row;
      case 'release':
        if (!mine(ask.held)) return false;
        leaseUntil = 0;
        dueAt = ask.dueAt;
        return true;
      case 'retry': {
        const machine = ended() ? null : retriedRow(row, ask.now);
        if (!machine) return null;
        row = { ...row, ...machine, attempts: row.attempts + 1, state: stateOf(machine, new Date(ask.now)) };
        leaseUntil = 0;
        dueAt = ask.now;
        return row;
      }
    }
  };
}
