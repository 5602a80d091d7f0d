/** Runbooks in plain words. */
import type { Check } from '@/lib/migration/model';
import { provingActs, type RunbookAct, type RunbookStep } from '@/lib/runbook/model';
import type { TemplateKind } from '@/lib/template/model';

export const actWords: Record<RunbookAct, string> = {
  restore: 'puts the snapshot back',
  revert_migrations: 'reverts the migrations, newest first',
  integrity: 'runs the integrity checks',
  read_back: 'reads the control plane back',
  exposure: 'looks at who is served, in telemetry',
  criteria: 'compares the criteria with the snapshot',
  call: 'calls a webhook',
  check: 'runs a check',
  person: 'asks a person',
};

export const templateWords: Record<TemplateKind, { shelf: string; one: string; says: string; start: string }> = {
  plan: {
    shelf: 'Plans',
    one: 'plan',
    says: 'stages, criteria and what happens when it goes wrong',
    start: 'Start a rollout',
  },
  criteria: {
    shelf: 'Sets of criteria',
    one: 'set of criteria',
    says: 'what to watch, to put into any plan',
    start: 'Start a rollout with it',
  },
  runbook: {
    shelf: 'Runbooks',
    one: 'runbook',
    says: 'what is done when a feature is rolled back',
    start: 'Make it a feature’s runbook',
  },
  drill: {
    shelf: 'Drills',
    one: 'drill',
    says: 'how a rollback is rehearsed, and how quick it has to be',
    start: 'Plan a drill',
  },
  postmortem: {
    shelf: 'Post-mortems',
    one: 'post-mortem',
    says: 'questions that stand where people write their part',
    start: 'Open a post-mortem with it',
  },
};

/** What a step is made of, besides its words. */
export function particulars(step: RunbookStep): Array<[label: string, text: string]> {
  if (step.act === 'call')
    return [
      ['Webhook', step.webhook],
      ...(Object.keys(step.body).length > 0 ? [['Sends', JSON.stringify(step.body)] as [string, string]] : []),
    ];
  return step.act === 'check' ? checkParticulars(step.check) : [];
}

function checkParticulars(check: Check): Array<[string, string]> {
  const what: Array<[string, string]> =
    check.kind === 'sql'
      ? [
          ['Database', check.database],
          ['Query', check.query],
          ['Expects', expectedWords(check.expect)],
        ]
      : [['Webhook', check.webhook]];
  return check.onFailure === '' ? what : [...what, ['When it fails', check.onFailure]];
}

function expectedWords(expect: Extract<Check, { kind: 'sql' }>['expect']): string {
  if (expect === 'no_rows') return 'no rows';
  return expect === 'rows' ? 'rows' : `the value ${JSON.stringify(expect.equals)}`;
}

const proving: readonly string[] = provingActs;
/** How much Belay does and how much is left to people. */
export function sharesOf(steps: RunbookStep[]): string {
  const people = steps.filter((step) => step.act === 'person').length;
  const added = steps.filter((step) => step.act !== 'person' && !proving.includes(step.act)).length;
  const parts = [`${steps.length - people} by Belay${added > 0 ? `, ${added} of them added` : ''}`];
  parts.push(people === 0 ? 'none by people' : `${people} by people`);
  return parts.join('; ');
}
