/** What must be true before any number below is believed, and where the rollout stands. */
import type { ReactNode } from 'react';
import { Icon, type IconName } from '@/app/ui/icon';
import { Rail } from '@/app/ui/rollout/rail';
import { Ago, Until } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { findingWords, gateNext, gateSentence } from '@/app/ui/text/words';
import { formatCount, formatDuration, formatNumber } from '@/lib/chart/format';
import type { RolloutView } from '@/lib/rollout/model';
import type { Evidence } from './evidence';
import styles from './verdict.module.css';

const staleMs = 60_000;
type Check = { id: string; tone: 'good' | 'bad' | 'warn' | 'plain'; icon: IconName; text: ReactNode };

export function Health({ rollout, evidence }: { rollout: RolloutView; evidence: Evidence }) {
  const { verdict } = rollout;
  const active = rollout.state === 'running' || rollout.state === 'held';
  const unmet = verdict?.gate.filter((item) => !item.met) ?? [];
  const met = verdict?.gate.filter((item) => item.met) ?? [];
  return (
    <section className={styles.health} aria-label="Exposure and health">
      <div className={styles.exposure}>
        <h2 className="visually-hidden">Exposure</h2>
        <Rail rollout={rollout} />
        <Shares rollout={rollout} />
      </div>
      <dl className={styles.facts}>
        <div>
          <dt>Newest data</dt>
          <dd>
            {evidence.fresh.ok && evidence.fresh.value.lastAt ? (
              <Ago at={evidence.fresh.value.lastAt.toISOString()} />
            ) : (
              'none yet'
            )}
          </dd>
        </div>
        <div>
          <dt>Next look</dt>
          <dd>{active && verdict ? <Until at={verdict.nextLookAt} /> : active ? 'soon' : 'none'}</dd>
        </div>
        <div>
          <dt>This stage</dt>
          <dd>
            {active && rollout.stageSince ? (
              <>
                <Ago at={rollout.stageSince} suffix="" /> of at least {rollout.plan.stages[rollout.stage]?.minDuration}
              </>
            ) : (
              '–'
            )}
          </dd>
        </div>
        <div>
          <dt>False rollbacks</dt>
          <dd>
            at most {formatNumber(rollout.plan.falseRollbackRate)}
            {'\u202f'}%
          </dd>
        </div>
      </dl>
      <ul className={styles.checks}>
        {checksOf(rollout, evidence).map((check) => (
          <li key={check.id} data-tone={check.tone}>
            <Icon name={check.icon} />
            <span>{check.text}</span>
          </li>
        ))}
      </ul>
      {active && verdict ? (
        <details className={styles.gate} open={unmet.length > 0}>
          <summary>
            {unmet.length === 0
              ? 'The gate of this stage holds'
              : `${unmet.length} of ${verdict.gate.length} gate conditions are not met`}
          </summary>
          <ul className={styles.checks}>
            {[...unmet, ...met].map((item) => (
              <li key={item.reason} data-tone={item.met ? 'good' : 'plain'}>
                <Icon name={item.met ? 'pass' : 'clock'} />
                <span>
                  <bdi>{visible(gateSentence(item))}</bdi>
                  {item.met ? null : <span className="quiet">. {gateNext(item)}</span>}
                </span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}

/** Planned against seen, per cohort. */
function Shares({ rollout }: { rollout: RolloutView }) {
  const split = rollout.verdict?.split ?? [];
  if (split.length === 0 || (rollout.state !== 'running' && rollout.state !== 'held')) return null;
  return (
    <ul className={styles.shares} aria-label="Share of the candidate by cohort">
      {split.map((s) => (
        <li key={s.cohort}>
          <Name>{s.cohort === '*' ? 'everybody' : s.cohort}</Name>
          <span className={styles.meter} aria-hidden="true">
            <i style={{ width: `${s.planned}%` }} />
            {s.observed === null ? null : <b style={{ left: `${Math.min(100, s.observed)}%` }} />}
          </span>
          <span className={s.ok === false ? styles.off : undefined}>
            {s.observed === null ? 'not seen yet' : `${formatNumber(s.observed)}\u202f%`}
            <span className="quiet">
              {' '}
              of {formatNumber(s.planned)}
              {'\u202f'}% planned
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function checksOf(rollout: RolloutView, e: Evidence): Check[] {
  const active = rollout.state === 'running' || rollout.state === 'held';
  const checks: Check[] = [telemetry(e, active), ...receiver(e), ...watch(rollout, e, active)];
  if (active) checks.push(...splits(rollout));
  if (e.automation.ok && e.automation.value.stopped)
    checks.push({ id: 'stop', tone: 'warn', icon: 'stop', text: 'Everything automatic is stopped' });
  if (e.feature.ok && e.feature.value.kills.length > 0)
    checks.push({ id: 'kill', tone: 'bad', icon: 'kill', text: 'A kill switch of this feature is on' });
  if (e.found.ok)
    for (const f of e.found.value.slice(0, 6))
      checks.push({
        id: `${f.kind} ${f.metric}`,
        tone: 'warn',
        icon: 'alert',
        text: (
          <>
            {findingWords[f.kind]}: <Name>{f.metric}</Name>{' '}
            <span className="quiet">({formatCount(f.count)} times)</span>
          </>
        ),
      });
  return checks;
}

function telemetry(e: Evidence, active: boolean): Check {
  const id = 'telemetry';
  if (!e.fresh.ok) return { id, tone: 'bad', icon: 'alert', text: 'Freshness could not be read' };
  const last = e.fresh.value.lastAt?.getTime();
  if (last === undefined) return { id, tone: 'plain', icon: 'no_data', text: 'No data received for this feature' };
  const age = e.now - last;
  if (active && age > staleMs)
    return { id, tone: 'warn', icon: 'clock', text: `Stale: nothing arrived for ${formatDuration(age)}` };
  return { id, tone: 'good', icon: 'pass', text: 'Data arrives' };
}

function receiver(e: Evidence): Check[] {
  if (!e.fresh.ok) return [];
  const alive = e.fresh.value.receiverAliveAt?.getTime();
  if (alive !== undefined && e.now - alive < 30_000)
    return [{ id: 'receiver', tone: 'good', icon: 'pass', text: 'Receiver is up' }];
  return [{ id: 'receiver', tone: 'warn', icon: 'alert', text: 'No receiver reports that it is up' }];
}

function watch(rollout: RolloutView, e: Evidence, active: boolean): Check[] {
  if (!active) return [];
  const at = rollout.verdict ? Date.parse(rollout.verdict.at) : null;
  const id = 'watch';
  if (at === null) return [{ id, tone: 'plain', icon: 'clock', text: 'Waits for the first look' }];
  if (e.now - at > 15_000)
    return [
      { id, tone: 'bad', icon: 'alert', text: `Not judged for ${formatDuration(e.now - at)}: is a worker running?` },
    ];
  return [{ id, tone: 'good', icon: 'pass', text: 'Judged continuously' }];
}

function splits(rollout: RolloutView): Check[] {
  const split = rollout.verdict?.split ?? [];
  const wrong = split.filter((s) => s.ok === false);
  if (wrong.length > 0)
    return [
      {
        id: 'split',
        tone: 'bad',
        icon: 'alert',
        text: `The split is not as planned in ${wrong.map((s) => visible(s.cohort)).join(', ')}: widening waits`,
      },
    ];
  if (split.length === 0 || split.every((s) => s.ok === null))
    return [{ id: 'split', tone: 'plain', icon: 'clock', text: 'Split: too little is known yet' }];
  const open = split.filter((s) => s.ok === null && s.n > 0).map((s) => visible(s.cohort));
  if (open.length > 0)
    return [
      { id: 'split', tone: 'plain', icon: 'clock', text: `Split: too little is known yet in ${open.join(', ')}` },
    ];
  return [{ id: 'split', tone: 'good', icon: 'pass', text: 'The split is as planned' }];
}
