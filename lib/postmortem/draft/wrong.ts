/** What went wrong beside the harm itself: what was not proven, stayed behind, or could not be trusted. Pure. */
import type { EventKind, EventView } from '@/lib/event/model';
import { decisionOf } from '../impact/decided';
import type { Sentence } from '../model';
import { decisionSources } from './decision-sources';
import { plain, said, sentence } from './sentence';
import { event, evidence } from './sources';
import { lasted, name, type Told } from './words';

export const wentWrong = (told: Told): Array<Sentence | null> => [
  notProven(told),
  byPerson(told),
  ...stayed(told),
  ...soft(told, 'migration.failed', 'A migration failed'),
  ...soft(told, 'notice.failed', 'A notice reached nobody'),
  ...soft(told, 'rollback.cap_reached', 'Belay had to ask before rolling back'),
  ...findingsOf(told),
  ...runFaults(told),
];

const eventsOf = ({ facts }: Told, kind: EventKind): EventView[] => facts.events.filter((e) => e.kind === kind);

function notProven({ facts }: Told): Sentence | null {
  const { rollback } = facts;
  if (!rollback || rollback.escalatedAt === null) return null;
  const told = facts.events.find((e) => e.kind === 'rollback.unconfirmed' && e.data.rollbackId === rollback.id);
  const after = lasted(Date.parse(rollback.escalatedAt) - Date.parse(rollback.decidedAt));
  const later = rollback.state === 'verified' ? '; it was proven later' : '';
  return sentence(
    'wrong/unconfirmed',
    said(
      `The rollback was not confirmed in time, and people were told ${after} after the decision`,
      ...(told ? [event(told.seq)] : []),
      evidence('rollback'),
    ),
    `${later}.`,
  );
}

function byPerson(told: Told): Sentence | null {
  const decision = decisionOf(told.facts);
  if (!decision || decision.actor.kind === 'rule') return null;
  const verdict = decision.evidence?.kind;
  const said_ =
    verdict === undefined
      ? ''
      : `; the verdict of Belay was then ${verdict === 'roll_back' ? 'to roll back' : `to ${verdict}`}`;
  return sentence(
    'wrong/person',
    said(`A person, ${name(decision.actor.name)}, had to take it back`, ...decisionSources(told)),
    `${said_}.`,
  );
}

function stayed({ facts }: Told): Sentence[] {
  const left = (facts.rollback?.steps ?? []).filter(({ work, state }) => work.kind === 'revert' && state === 'left');
  return left.map((step) =>
    sentence(
      `wrong/left/${step.id}`,
      said(
        `${plain(step.title, 200)} could not be undone${step.detail ? `: ${plain(step.detail, 200)}` : ''}`,
        evidence('rollback'),
      ),
      '.',
    ),
  );
}

const soft = (told: Told, kind: EventKind, text: string): Sentence[] =>
  eventsOf(told, kind)
    .slice(0, 3)
    .map((e) => sentence(`wrong/${e.kind}/${e.seq}`, said(`${text}: ${plain(e.reason, 200)}`, event(e.seq)), '.'));

const findingWords: Record<string, string> = {
  overflow: 'a sender lumped attributes together',
  unit_conflict: 'units did not fit',
  single_writer_violation: 'two senders wrote one stream',
  receiver_down: 'the receiver was down',
  series_budget: 'there were more series than may be kept',
};

function findingsOf({ facts }: Told): Sentence[] {
  return facts.findings
    .slice(0, 5)
    .map(({ kind, metric, detail }, i) =>
      sentence(
        `wrong/finding/${kind}/${metric}`.slice(0, 200),
        said(
          `Telemetry was not sound meanwhile: ${findingWords[kind] ?? kind}${metric ? ` for ${name(metric)}` : ''}`,
          evidence(`finding/${i}`),
        ),
        detail ? ` (${plain(detail, 200)}).` : '.',
      ),
    );
}

function runFaults({ facts }: Told): Sentence[] {
  const { run, subject } = facts;
  if (!run || subject.kind !== 'drill_run') return [];
  const touched = run.control?.touched
    ? [
        sentence(
          'wrong/control',
          said(`The control cohort ${name(run.control.cohort)} was touched`, evidence('run')),
          '.',
        ),
      ]
    : [];
  return [
    sentence(
      'wrong/run',
      said(`The run failed: ${plain(run.why || 'it does not say why', 300)}`, evidence('run')),
      '.',
    ),
    ...touched,
  ];
}
