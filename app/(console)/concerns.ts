/** What needs somebody, each as one line: what is so, and what to do. Pure; the order is the order of this file. */

import { rollbackSentence, todoOf } from '@/app/ui/rollback/reading';
import { short } from '@/app/ui/text/name';
import { formatDuration } from '@/lib/chart/format';
import type { DrillView, RunView } from '@/lib/drill/model';
import type { Incident } from '@/lib/incident/model';
import type { MigrationView } from '@/lib/migration/model';
import type { NoticeView } from '@/lib/notice/model';
import type { DeliveryView } from '@/lib/plane/deliveries';
import type { ActionView } from '@/lib/postmortem/action-model';
import type { PostmortemLine } from '@/lib/postmortem/model';
import type { RollbackView } from '@/lib/rollback/model';
import type { ApprovalView, RollbackCap, RolloutView } from '@/lib/rollout/model';
import { about, drillConcern, incidentConcern, sentenceEnd, unrehearsed } from './drill-concerns';

const concernKinds = [
  'unread',
  'incident',
  'unconfirmed',
  'person',
  'cap',
  'migration',
  'plane',
  'rolling',
  'failing',
  'approval',
  'review',
  'drill_person',
  'drill_gate',
  'drill_failed',
  'drill_overdue',
  'action_overdue',
  'drill_asks',
  'held',
  'stale',
  'untold',
  'rejected',
] as const;
type ConcernKind = (typeof concernKinds)[number];

export type Concern = {
  kind: ConcernKind;
  /** the page that shows it, or lets one do something about it */
  href: string;
  about: { feature: string; environment: string } | null;
  at: string;
  text: string;
  /** what to do now; empty: the page says it */
  next: string;
  /** the rollout that Belay asks to roll back */
  ask?: RolloutView;
};

export type Known = {
  rollouts: RolloutView[];
  /** those that are not verified */
  rollbacks: RollbackView[];
  approvals: ApprovalView[];
  migrations: MigrationView[];
  deliveries: DeliveryView[];
  notices: NoticeView[];
  drills: DrillView[];
  /** runs of them that ask a person */
  asking: RunView[];
  /** reports whose reviewers were asked, and whoever looks is one of them and has not answered */
  reviews: PostmortemLine[];
  /** action items past their date */
  actions: ActionView[];
  /** ids of those that whoever looks may answer */
  mine: string[];
  /** those that go on */
  incidents: Incident[];
  refused: Array<{ at: string; message: string }>;
  /** what could not be read just now: silence about it is no good news */
  unread: string[];
  /** newest datum of a rollout; left out: it could not be read */
  lastAt: Map<string, Date | null>;
  cap: RollbackCap | null;
  now: number;
};

const minute = 60_000;
const silentMs = 90_000;
const day = 24 * 60 * minute;

export function concernsOf(known: Known): Concern[] {
  const { rollouts, now } = known;
  const open = known.rollbacks.filter((r) => r.state !== 'verified' && r.acknowledged === null);
  const found = [
    ...unread(known.unread, now),
    ...open.map(restoring),
    ...known.migrations.filter((m) => m.state === 'failed').map(migration),
    ...known.deliveries.filter((d) => d.state === 'conflict' || d.state === 'refused').map(plane),
    ...rollouts.flatMap((r) => judged(r, known.cap)),
    ...known.approvals.map(approval),
    ...known.reviews.map(review),
    ...known.incidents.map(incidentConcern),
    ...known.drills.flatMap((d) => drillConcern(d, known)),
    ...overdue(known.actions, now),
    ...rollouts.flatMap((r) => unrehearsed(r, known.drills)),
    ...rollouts.flatMap((r) => stale(r, known.lastAt.get(r.id), now)),
    ...untold(known.notices, now),
    ...rejected(known.refused, now),
  ];
  return found.toSorted((a, b) => concernKinds.indexOf(a.kind) - concernKinds.indexOf(b.kind));
}

function unread(what: string[], now: number): Concern[] {
  if (what.length === 0) return [];
  const text = `Belay could not read ${what.join(', ')} just now, so something may be missing here`;
  return [
    { kind: 'unread', href: '/', about: null, at: new Date(now).toISOString(), text, next: 'Load the page again.' },
  ];
}

/** Past its deadline, or held up by somebody, or simply under way. */
function restoring(rollback: RollbackView): Concern {
  const at = { href: `/rollbacks/${rollback.id}`, about: about(rollback) };
  const [todo] = todoOf(rollback);
  const next = todo?.text ?? '';
  const { lead, text } = rollbackSentence(rollback);
  if (rollback.state === 'unconfirmed')
    return {
      ...at,
      kind: 'unconfirmed',
      at: rollback.escalatedAt ?? rollback.decidedAt,
      text: `The ${rollback.kind} is not confirmed: ${sentenceEnd(text)}`,
      next,
    };
  const step = rollback.steps.find(waitsForPerson);
  if (step)
    return {
      ...at,
      kind: 'person',
      at: step.startedAt ?? rollback.decidedAt,
      text: `The ${rollback.kind} waits for ${whoOf(step) || 'somebody'}: ${short(step.title)}`,
      next: step.next,
    };
  return { ...at, kind: 'rolling', at: rollback.decidedAt, text: sentenceEnd(`${lead} ${text}`), next };
}

type Step = RollbackView['steps'][number];
/** Telemetry may be waited for meanwhile; it is the person who can do something. */
const waitsForPerson = ({ state, work }: Step): boolean =>
  state === 'waiting' &&
  ((work.kind === 'person' && work.blocking) || (work.kind === 'revert' && work.how === 'manual'));
const whoOf = (step: Step) => short((step.work.kind === 'person' && step.work.who) || step.owner || '');

function migration(m: MigrationView): Concern {
  const detail = m.detail === '' ? '' : `: ${sentenceEnd(m.detail)}`;
  return {
    kind: 'migration',
    href: '/migrations',
    about: about(m),
    at: m.endedAt ?? m.startedAt ?? new Date(0).toISOString(),
    text: `The migration ${short(m.name)} failed${detail}`,
    next: m.next,
  };
}

function plane(d: DeliveryView): Concern {
  const what = d.state === 'conflict' ? 'does not serve what was ordered' : 'refuses what was ordered';
  return {
    kind: 'plane',
    href: `/features/${encodeURIComponent(d.feature)}`,
    about: about(d),
    at: d.orderedAt,
    text: `${short(d.plane.name)} ${what}: ${sentenceEnd(d.detail)}`,
    next: 'See who has changed it there; Belay overwrites nothing before the next order.',
  };
}

/** One line a rollout: what is gravest of it. */
function judged(rollout: RolloutView, cap: RollbackCap | null): Concern[] {
  if (rollout.state !== 'running' && rollout.state !== 'held') return [];
  const at = { href: `/rollouts/${rollout.id}`, about: about(rollout), at: rollout.verdictSince ?? rollout.updatedAt };
  if (rollout.heldReason === 'rollback_cap' || rollout.verdict?.reason === 'rollback_cap')
    return [{ ...at, kind: 'cap', text: asking(rollout, cap), next: whyAsked(rollout), ask: rollout }];
  const failing = failingOf(rollout);
  if (failing) return [{ ...at, kind: 'failing', text: failing, next: '' }];
  if (rollout.state !== 'held') return [];
  return [{ ...at, at: rollout.updatedAt, kind: 'held', text: 'Held until somebody resumes or rolls back', next: '' }];
}

function failingOf(rollout: RolloutView): string | null {
  const failed = rollout.verdict?.outcomes.filter((o) => o.outcome === 'fail' && o.kind === 'guardrail') ?? [];
  const [worst] = failed;
  if (!worst) return null;
  const where = worst.cohort ? ` in ${short(worst.cohort)}` : '';
  const more = new Set(failed.map((o) => o.criterion)).size - 1;
  return `Guardrail ${short(worst.criterion)} fails${where}${more > 0 ? `, and ${more} more` : ''}`;
}

/** "Belay has rolled back 3 times in the last hour and asks: roll back new-checkout?" */
function asking({ feature }: RolloutView, cap: RollbackCap | null): string {
  const asks = `asks: roll back ${short(feature)}?`;
  if (cap === null) return `Belay has rolled back as often by itself as it may, and ${asks}`;
  if (cap.max === 0) return `Belay rolls nothing back by itself and ${asks}`;
  const often = cap.max === 1 ? 'once' : cap.max === 2 ? 'twice' : `${cap.max} times`;
  const span = cap.windowMinutes === 60 ? 'hour' : formatDuration(cap.windowMinutes * minute);
  return `Belay has rolled back ${often} in the last ${span} and ${asks}`;
}

function whyAsked(rollout: RolloutView): string {
  const failing = failingOf(rollout);
  return failing ? `${failing}. It is held, and people on the candidate stay there.` : 'It is held; nothing fails now.';
}

function approval(a: ApprovalView): Concern {
  return {
    kind: 'approval',
    href: `/rollouts/${a.rolloutId}`,
    about: about(a),
    at: a.requestedAt,
    text: `Approval to leave ${short(a.stageName)}, asked for by ${short(a.requestedBy)}`,
    next: '',
  };
}

function review(line: PostmortemLine): Concern {
  return {
    kind: 'review',
    href: `/postmortems/${line.id}#reviews`,
    about: about(line.subject),
    at: line.createdAt,
    text: `A post-mortem waits for your review: ${short(line.title)}`,
    next: '',
  };
}

/** One line a report: several of one are one thing to look at. */
function overdue(actions: ActionView[], now: number): Concern[] {
  const reports = [...new Set(actions.map(({ postmortemId }) => postmortemId))];
  return reports.flatMap((id): Concern[] => {
    const of = actions.filter((a) => a.postmortemId === id).toSorted((a, b) => (a.dueOn < b.dueOn ? -1 : 1));
    const [first] = of;
    if (!first) return [];
    const more = of.length > 1 ? `, and ${of.length - 1} more` : '';
    // Due until its day is over.
    const at = Math.min(now, Date.parse(`${first.dueOn}T00:00:00Z`) + day);
    return [
      {
        kind: 'action_overdue',
        href: `/postmortems/${id}#actions`,
        about: null,
        at: new Date(at).toISOString(),
        text: `${short(first.title)} is overdue, owner ${short(first.owner)}${more}`,
        next: `It follows from “${short(first.postmortemTitle)}”. Do it, or set another date and say why.`,
      },
    ];
  });
}

function stale(rollout: RolloutView, lastAt: Date | null | undefined, now: number): Concern[] {
  if (lastAt === undefined || rollout.state === 'rolling_back') return [];
  const at = { kind: 'stale', href: `/rollouts/${rollout.id}`, about: about(rollout), next: '' } as const;
  const began = rollout.startedAt ?? rollout.updatedAt;
  if (lastAt === null)
    return now - Date.parse(began) < minute ? [] : [{ ...at, at: began, text: 'No telemetry has arrived at all' }];
  const age = now - lastAt.getTime();
  return age < silentMs ? [] : [{ ...at, at: lastAt.toISOString(), text: `No telemetry for ${formatDuration(age)}` }];
}

/** That people could not be told is known here, where they look. */
function untold(notices: NoticeView[], now: number): Concern[] {
  const failed = notices.filter((n) => n.state === 'failed' && now - Date.parse(n.at) < day);
  const [latest] = failed;
  if (!latest) return [];
  const more = failed.length > 1 ? `, and ${failed.length - 1} more` : '';
  return [
    {
      kind: 'untold',
      href: '/settings#notices',
      about: null,
      at: latest.at,
      text: `${short(latest.address)} could not be told “${short(latest.title)}”${more}`,
      next: `${latest.lastError ? `The last try: ${sentenceEnd(latest.lastError)}. ` : ''}Once it is mended, send it again from there.`,
    },
  ];
}

function rejected(refused: Array<{ at: string; message: string }>, now: number): Concern[] {
  const [latest] = refused;
  if (!latest || now - Date.parse(latest.at) > 10 * minute) return [];
  return [
    {
      kind: 'rejected',
      href: '/settings#rejected',
      about: null,
      at: latest.at,
      text: `Points are refused: ${latest.message}`,
      next: '',
    },
  ];
}
