/**
 * A report in ten seconds: how it ended, what it cost, how long, what stands out and what is left to do. Nothing here
 * is not said, with its source, further down. Pure.
 */
import { figureValue } from '../draft/draft';
import { standingOut } from '../draft/foremost';
import { lasted, percent } from '../draft/words';
import { clockId, exposedId, impactId } from '../impact/figure-id';
import type { Figure, Source } from '../model';
import type { Report } from './report';

export type Glance = {
  name: 'outcome' | 'cost' | 'lasted' | 'stands_out' | 'next';
  label: string;
  says: string;
  more: string;
  tone: 'good' | 'bad' | 'warn' | 'plain';
  sources: Source[];
  /** the part of the page that says more */
  part: string;
};

export function glanceOf(report: Report): Glance[] {
  return [outcome(report), ...costs(report), duration(report), standsOut(report), next(report)].filter(
    (cell) => cell !== null,
  );
}

const at = ({ milestones }: Report, name: string) => milestones.find((m) => m.name === name && m.at !== null);

function outcome(report: Report): Glance | null {
  const { subject } = report.head;
  const cell = { name: 'outcome', label: 'Outcome', part: 'milestones' } as const;
  if (subject.kind === 'drill_run')
    return { ...cell, says: 'The drill failed', more: '', tone: 'bad', sources: [{ kind: 'evidence', id: 'run' }] };
  const [decided, recovered] = [at(report, 'decided'), at(report, 'recovered')];
  if (!decided?.at) return null;
  const { sources } = recovered ?? decided;
  if (recovered?.at) {
    const ms = Date.parse(recovered.at) - Date.parse(decided.at);
    return {
      ...cell,
      ...{ says: 'Taken back, return proven', more: `${lasted(ms)} after the decision`, tone: 'good', sources },
    };
  }
  const open = report.facts?.rollback?.escalatedAt != null;
  return open
    ? { ...cell, says: 'Taken back, not confirmed', more: 'find out who still serves it', tone: 'bad', sources }
    : { ...cell, says: 'Being taken back', more: 'the return is not proven yet', tone: 'warn', sources };
}

/** Of the criterion that failed, then one more that is beyond chance; what counts the same is not told twice. */
function costs({ figures }: Report): Glance[] {
  const counted = figures.filter(({ id, inputs }) => id === impactId(String(inputs.criterion)));
  const [first, ...rest] = counted;
  if (!first) return [];
  const also = rest.find((f) => f.value !== null && (f.low ?? 0) > 0 && f.inputs.sameAs === null);
  return [first, ...(also ? [also] : [])].map((f) => costOf(f));
}

function costOf(figure: Figure): Glance {
  const { id, label, value, low, high, level, why, inputs } = figure;
  const one = (v: number) => figureValue({ ...figure, value: v, low: null, high: null });
  const range =
    low === null || high === null ? '' : `${one(low)} to ${one(high)}${level ? ` at ${percent(level)}` : ''}, `;
  return {
    name: 'cost',
    label,
    says: value === null ? 'not known' : one(value),
    more: value === null ? why : `${range}by ${String(inputs.criterion)}, against the baseline's rate`,
    tone: (low ?? value ?? 0) > 0 ? 'bad' : 'plain',
    sources: [{ kind: 'figure', id }],
    part: 'impact',
  };
}

function duration({ figures }: Report): Glance | null {
  const minutes = figures.find(({ id }) => id === exposedId('minutes'));
  const detect = figures.find(({ id }) => id === clockId('detect'));
  if (!minutes) return null;
  const noticed = detect?.value == null ? '' : `noticed after ${lasted(detect.value)}`;
  return {
    name: 'lasted',
    label: minutes.label,
    says: minutes.value === null ? 'not known' : lasted(minutes.value),
    more: noticed || (minutes.value === null ? minutes.why : ''),
    tone: 'plain',
    sources: [{ kind: 'figure', id: minutes.id }],
    part: 'milestones',
  };
}

/** A cohort that failed is in the title already. */
function standsOut({ candidates }: Report): Glance | null {
  if (candidates.length === 0) return null;
  const cell = { name: 'stands_out', label: 'Stands out', tone: 'plain', part: 'causes' } as const;
  const first = standingOut(candidates);
  if (!first)
    return { ...cell, says: 'Nothing beyond chance', more: 'among the attributes that are kept', sources: [] };
  const traffic = first.traffic === null ? '' : `, ${percent(first.traffic)} of the requests`;
  const share = first.share === null ? 'a part' : percent(Math.min(1, first.share));
  return {
    ...cell,
    says: `${first.key} = ${first.value ?? '(not set)'}`,
    more: `${share} of the excess of ${first.criterion}${traffic}: a ranking, no finding`,
    sources: first.sources,
  };
}

/** What of the rollback people had not done yet when the evidence was read. */
function personStep({ facts }: Report): Pick<Glance, 'says' | 'more' | 'sources'> | null {
  const step = facts?.rollback?.steps.find(({ work, state }) => work.kind === 'person' && state === 'waiting');
  if (!step) return null;
  const whom = step.detail === '' ? 'it waits for a person' : step.detail;
  return { says: step.title, more: `${whom}: a step of the rollback`, sources: [{ kind: 'evidence', id: 'rollback' }] };
}

function next(report: Report): Glance {
  const { actions, seal, head, reviews } = report;
  const cell = { name: 'next' as const, label: 'What is next', sources: [], part: 'actions' };
  if (seal.state === 'broken')
    return { ...cell, says: 'Find out who changed it', more: 'it is not what was sealed', tone: 'bad' };
  const waiting = head.state === 'draft' ? personStep(report) : null;
  if (waiting) return { ...cell, ...waiting, tone: 'warn', part: 'resolution' };
  const open = actions.filter(({ state }) => state === 'open' || state === 'in_progress');
  const overdue = open.filter((action) => action.overdue).length;
  const asked = head.state === 'in_review' ? reviews.filter(({ state }) => state === 'asked').length : 0;
  const more = [
    head.state === 'draft' ? 'a draft: read it, then publish it' : '',
    asked > 0 ? `${asked} of ${reviews.length} reviews are still to come` : '',
  ].filter(Boolean);
  if (actions.length === 0)
    return { ...cell, says: 'Set up the first action', more: more[0] ?? 'none follows from it yet', tone: 'warn' };
  const says = open.length === 0 ? 'Every action is done' : `${open.length} of ${actions.length} actions are open`;
  return {
    ...cell,
    says,
    more: [overdue > 0 ? `${overdue} overdue` : '', ...more].filter(Boolean).join('; '),
    tone: overdue > 0 ? 'bad' : open.length > 0 ? 'warn' : 'good',
  };
}
