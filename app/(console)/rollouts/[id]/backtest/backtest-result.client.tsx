'use client';
/** What would have been, next to what was. */
import { useState } from 'react';
import { criterionScale } from '@/app/ui/criterion/effect';
import { Icon, type IconName } from '@/app/ui/icon';
import { Badge, OutcomeBadge } from '@/app/ui/page/badge';
import { Panel } from '@/app/ui/page/panel';
import { Name } from '@/app/ui/text/name';
import { actionWords, type Tone } from '@/app/ui/text/words';
import type { BacktestView } from '@/app/ui/views';
import { formatCount, formatDuration } from '@/lib/chart/format';
import { type Zone, zoneOffset } from '@/lib/chart/time';
import styles from './backtest.module.css';
import { IntervalChart } from './interval-chart.client';
import { backtestSentence, clockOf, saysWhy, waitsFor } from './sentence';
import { TimeLane } from './time-lane';

type Props = { view: BacktestView; units: Record<string, string>; zone: Zone; observes: boolean };
type Clock = (at: string) => string;

/** Of every backtest, so not worth a reader's first glance. */
const always = ['closed_bins', 'late_data_in_place', 'receiver_assumed_alive'];
const glyphs: Record<Tone, IconName> = { good: 'pass', bad: 'roll_back', warn: 'hold', plain: 'clock' };

export function BacktestResult({ view, units, zone, observes }: Props) {
  const sentence = backtestSentence(view, zone);
  const at = clockOf(view, zone);
  const special = view.caveats.filter((c) => !always.includes(c.kind));
  const span = Date.parse(view.to) - Date.parse(view.from);
  return (
    <>
      <section className={`toned ${styles.sentence}`} data-tone={sentence.tone} aria-label="Result">
        <Icon name={glyphs[sentence.tone]} size={22} />
        <div>
          <h2 role="status">{sentence.text}</h2>
          {sentence.rule ? <p>{sentence.rule}.</p> : null}
          <p className="quiet small">
            {formatCount(view.looks)} looks over {formatDuration(span)}, one a bin of{' '}
            {formatDuration(view.resolution * 1000)}, times in {zoneOffset(Date.parse(view.to), zone)}
            {view.edited.length > 0 ? `, edited: ${view.edited.join(', ')}` : ', nothing edited'}
            {observes ? ', the rollout only observed' : ''}
          </p>
        </div>
      </section>
      {special.length > 0 ? <Caveats caveats={special} at={at} /> : null}
      <Panel title="Beside what happened" id="lane">
        <TimeLane view={view} zone={zone} />
        <Stories view={view} at={at} />
      </Panel>
      <Criteria view={view} at={at} />
      <Curves view={view} units={units} zone={zone} />
      <Panel title="How it was judged" id="how">
        <ul className={styles.notes}>
          {view.caveats
            .filter((c) => always.includes(c.kind))
            .map((c) => (
              <li key={c.kind}>{c.says}</li>
            ))}
        </ul>
      </Panel>
    </>
  );
}

function Caveats({ caveats, at }: { caveats: BacktestView['caveats']; at: Clock }) {
  return (
    <ul className={styles.caveats} aria-label="What this is not">
      {caveats.map((c) => (
        <li key={c.kind} data-kind={c.kind}>
          <Icon name="alert" />
          <span>
            {c.at ? <strong>{at(c.at)} </strong> : null}
            {c.says}
          </span>
        </li>
      ))}
    </ul>
  );
}

const kindWords = {
  widen: { label: 'Widen', tone: 'good' },
  hold: { label: 'Hold', tone: 'plain' },
  roll_back: { label: 'Roll back', tone: 'bad' },
} as const;
const mostShown = 60;

function Stories({ view, at }: { view: BacktestView; at: Clock }) {
  const stage = (i: number) => view.plan.stages[i]?.name ?? 'no stage';
  const said = saidBy(view);
  return (
    <div className={styles.stories}>
      <section aria-labelledby="would">
        <h3 id="would">Would have said</h3>
        <ol>
          {said.slice(0, mostShown).map(({ at: t, turn, wait }) => (
            <li key={`${t} ${turn?.kind} ${turn?.action}`} data-wait={turn ? undefined : true}>
              <time dateTime={t}>{at(t)}</time>
              <span>
                {turn ? (
                  <>
                    <Badge tone={kindWords[turn.kind].tone}>{kindWords[turn.kind].label}</Badge>{' '}
                    <Name>{stage(turn.stage)}</Name>
                  </>
                ) : null}
                <span className="quiet">
                  {turn ? ': ' : 'waits: '}
                  {wait ? waitsFor(wait.unmet) : turn ? saysWhy(turn) : ''}
                </span>
              </span>
            </li>
          ))}
        </ol>
        {said.length > mostShown ? (
          <p className="quiet small">
            {mostShown} of {said.length}; all are in the answer of the API.
          </p>
        ) : null}
      </section>
      <section aria-labelledby="did">
        <h3 id="did">Happened</h3>
        {view.happened.length === 0 ? <p className="quiet">Nothing was decided in this stretch.</p> : null}
        <ol>
          {view.happened.slice(0, mostShown).map((h) => (
            <li key={`${h.at} ${h.action}`}>
              <time dateTime={h.at}>{at(h.at)}</time>
              <span>
                <Name>{h.actor.name}</Name> {h.acted ? actionWords[h.action].did : actionWords[h.action].would}
                {h.action === 'widen' ? (
                  <>
                    {' to '}
                    <Name>{stage(h.toStage)}</Name>
                  </>
                ) : null}
                <span className="quiet">: {h.reason}</span>
              </span>
            </li>
          ))}
        </ol>
      </section>
    </div>
  );
}

type Said = { at: string; turn?: BacktestView['wouldHave'][number]; wait?: BacktestView['waits'][number] };

/** Each turn of the verdict, and in between whenever the gate waited for something else. */
function saidBy(view: BacktestView): Said[] {
  const waits = new Map(view.waits.filter((w) => w.unmet.length > 0).map((w) => [w.at, w]));
  const turns = view.wouldHave.map((turn): Said => {
    const wait = waits.get(turn.at);
    waits.delete(turn.at);
    return { at: turn.at, turn, ...(wait ? { wait } : {}) };
  });
  return [...turns, ...[...waits.values()].map((wait): Said => ({ at: wait.at, wait }))].sort((a, b) =>
    a.at < b.at ? -1 : 1,
  );
}

/** All together first, then each cohort that was heard of, in the order of the plan. */
function Criteria({ view, at }: { view: BacktestView; at: Clock }) {
  const time = (t: string | null | undefined) => (t ? at(t) : '–');
  const rows = view.plan.criteria.flatMap((criterion) =>
    view.first
      .filter((f) => f.criterion === criterion.name)
      .map((first) => ({
        criterion,
        first,
        outcome: view.outcomes.find((o) => o.criterion === criterion.name && o.cohort === first.cohort),
      }))
      .filter(({ first, outcome }) => first.cohort === null || first.failAt || outcome?.outcome !== 'no_data'),
  );
  return (
    <Panel title="Criteria" id="criteria" note="first looks that failed and passed; live to a bin" flush>
      <table className={`cards ${styles.table}`}>
        <thead>
          <tr>
            <th scope="col">Criterion</th>
            <th scope="col">At the end</th>
            <th scope="col">First fail</th>
            <th scope="col">Live</th>
            <th scope="col">First pass</th>
            <th scope="col">Live</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ criterion, first, outcome }) => (
            <tr key={`${criterion.name} ${first.cohort ?? ''}`} data-cohort={first.cohort === null ? undefined : true}>
              <th scope="row">
                {first.cohort === null ? (
                  <Name>{criterion.name}</Name>
                ) : (
                  <>
                    <span className="visually-hidden">{criterion.name} in </span>
                    <Name>{first.cohort}</Name>
                  </>
                )}
              </th>
              <td>{outcome ? <OutcomeBadge outcome={outcome.outcome} reason={outcome.reason} /> : '–'}</td>
              <td data-label="First fail">{time(first.failAt)}</td>
              <td data-label="Live" className="quiet">
                {time(first.live?.failAt)}
              </td>
              <td data-label="First pass">{time(first.passAt)}</td>
              <td data-label="Live" className="quiet">
                {time(first.live?.passAt)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Curves({ view, units, zone }: Omit<Props, 'observes'>) {
  const failing = view.first.find((f) => f.failAt !== null)?.criterion;
  const [picked, setPicked] = useState<string | null>(null);
  const names = view.curves.map((c) => c.criterion);
  const chosen = picked !== null && names.includes(picked) ? picked : (failing ?? names[0]);
  const criterion = view.plan.criteria.find((c) => c.name === chosen);
  const curve = view.curves.find((c) => c.criterion === chosen);
  if (!criterion || !curve) return null;
  return (
    <Panel
      title="Interval over time"
      id="interval"
      note="all cohorts together"
      flush
      actions={
        <label className={styles.choice}>
          <span>Criterion</span>
          <select value={chosen} onChange={(e) => setPicked(e.target.value)}>
            {names.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <IntervalChart
        view={view}
        curve={curve}
        scale={criterionScale(criterion, units[criterion.metric] ?? '')}
        better={criterion.better}
        zone={zone}
      />
    </Panel>
  );
}
