/**
 * The steps of a rollback, from a runbook and from what there is to restore. Pure.
 *
 *   restore → serve → [what the runbook puts here] → revert/… one after the other → check/… → read_back
 *               └──▶ exposure → criteria
 *
 * Nothing stands before the restore: what harms ends first. What the runbook adds needs the step before it, and holds
 * up what comes after it, but never the proof by telemetry.
 */
import type { Check } from '@/lib/migration/model';
import type { RunbookStep, RunbookUsed } from '@/lib/runbook/model';
import type { RollbackStep, StepWork } from './model';

export type Revert = { id: string; name: string; owner: string; how: 'sql' | 'webhook' | 'manual' };
export type Parts = {
  runbook: Pick<RunbookUsed, 'steps'>;
  plane: string;
  /** the built-in flags: every process that evaluates has to follow */
  builtin: boolean;
  /** false: Belay cannot switch it, only watch */
  switchable: boolean;
  /** in the order in which they are reverted */
  reverts: Revert[];
  checks: Array<{ check: Check; owner: string | null }>;
};

type Text = Pick<RollbackStep, 'title' | 'owner' | 'expected' | 'how'>;

const inOrder = ['restore', 'revert_migrations', 'integrity', 'read_back'] as const;
const isInOrder = (act: string): act is (typeof inOrder)[number] => (inOrder as readonly string[]).includes(act);

export function stepsOf(parts: Parts): RollbackStep[] {
  const taken = new Set<string>();
  const steps: RollbackStep[] = [];
  const add = (id: string, text: Text, work: StepWork, needs: string[]): string => {
    const unique = free(id, taken);
    taken.add(unique);
    steps.push({ ...blank, id: unique, ...text, work, needs });
    return unique;
  };
  /** what the next step of the chain needs */
  let last: string[] = [];
  let switched: string[] = [];
  for (const line of arranged(parts.runbook.steps)) {
    const text = { title: line.title, owner: null, expected: line.expected, how: line.how };
    switch (line.act) {
      case 'restore':
        if (!parts.switchable) break;
        switched = [add('restore', text, { kind: 'restore', plane: parts.plane }, [])];
        if (parts.builtin) switched = [add('serve', serveText, { kind: 'serve' }, switched)];
        last = [...last, ...switched];
        break;
      case 'revert_migrations':
        for (const { id, name, owner, how } of parts.reverts)
          last = [
            add(
              `revert/${name}`,
              { ...text, title: `Revert the migration ${name}`, owner },
              { kind: 'revert', migration: id, name, how },
              last,
            ),
          ];
        break;
      case 'integrity': {
        const before = last;
        const checks = parts.checks.map(({ check, owner }) =>
          add(
            `check/${check.name}`,
            { ...text, title: `Check ${check.name}`, owner },
            { kind: 'check', check },
            before,
          ),
        );
        if (checks.length > 0) last = checks;
        break;
      }
      case 'read_back':
        if (parts.switchable) last = [add('read_back', text, { kind: 'read_back', plane: parts.plane }, last)];
        break;
      case 'exposure':
        add('exposure', text, { kind: 'exposure' }, switched);
        break;
      case 'criteria':
        add('criteria', text, { kind: 'criteria' }, ['exposure']);
        break;
      case 'call': {
        const { webhook, body, timeoutMs } = line;
        last = [add(`call/${line.name}`, text, { kind: 'call', webhook, body, timeoutMs }, last)];
        break;
      }
      case 'check':
        last = [add(`check/${line.name}`, text, { kind: 'check', check: line.check }, last)];
        break;
      case 'person': {
        const { who, blocking } = line;
        const id = add(`person/${line.name}`, { ...text, owner: who || null }, { kind: 'person', who, blocking }, last);
        if (blocking) last = [id];
      }
    }
  }
  return steps;
}

/** The order that is needed counts over the one that is written: the restore first of all. */
function arranged(lines: RunbookStep[]): RunbookStep[] {
  const wanted = inOrder.flatMap((act) => lines.find((line) => line.act === act) ?? []);
  const places = lines.map((line) => (isInOrder(line.act) ? (wanted.shift() ?? line) : line));
  const restore = places.filter((line) => line.act === 'restore');
  return [...restore, ...places.filter((line) => line.act !== 'restore')];
}

function free(id: string, taken: ReadonlySet<string>): string {
  let unique = id;
  for (let n = 2; taken.has(unique); n++) unique = `${id}/${n}`;
  return unique;
}

const serveText: Text = {
  title: 'Every process serves it',
  owner: null,
  expected: 'No process that answers evaluations serves older flags.',
  how: '',
};

const blank = {
  state: 'pending',
  attempts: 0,
  startedAt: null,
  endedAt: null,
  dueAt: null,
  detail: '',
  next: '',
} as const satisfies Partial<RollbackStep>;
