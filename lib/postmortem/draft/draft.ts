/** A whole report from the facts alone: the same facts make the same report for ever. Pure. */

import type { Facts } from '../facts';
import { impactId, uncomparedId } from '../impact/figure-id';
import { impactOf } from '../impact/impact';
import { momentsOf } from '../impact/milestones';
import type { Draft, Figure, Milestone, Sentence } from '../model';
import { candidatesOf, causeSentences, changesOf } from './causes';
import { excessParts } from './excess-words';
import { promptsOf } from './prompts';
import { plain, said, sentence } from './sentence';
import { evidence, figure } from './sources';
import { summaryOf, whole } from './summary';
import { timelineOf } from './timeline';
import { clock, count, day, deciding, lasted, name, plural, quoted, signed, type Told, within } from './words';

/** @param kept of the evidence that holds these facts */
export function draft(facts: Facts, kept: { number: number; hash: string }): Draft {
  const moments = momentsOf(facts);
  return drafted({ facts, milestones: moments.milestones, figures: impactOf(facts, moments) }, kept);
}

export function drafted(told: Told, kept: { number: number; hash: string }): Draft {
  const candidates = candidatesOf(told);
  const changes = changesOf(told);
  const timeline = timelineOf(told);
  const prompts = promptsOf(told, candidates, changes);
  const of = (sentences: Sentence[]) => ({ sentences });
  return {
    title: titleOf(told),
    sections: {
      summary: of(summaryOf(told, candidates)),
      impact: of(impactSentences(told)),
      timeline: of(timeline.length === 0 ? [] : [durations(told)].filter((s) => s !== null)),
      causes: of(causeSentences(told, candidates, changes)),
      trigger: of(prompts.trigger),
      resolution: of(prompts.resolution),
      well: of(prompts.well),
      wrong: of(prompts.wrong),
      lucky: of(prompts.lucky),
      factors: of(prompts.factors),
      lessons: of(prompts.lessons),
      evidence: of(evidenceSentences(told.facts)),
    },
    figures: told.figures,
    milestones: told.milestones,
    timeline,
    candidates,
    changes,
    evidence: kept,
  };
}

function titleOf(told: Told): string {
  const { subject, candidate, rollback, run, from, to } = told.facts;
  const feature = name(subject.feature);
  const place = name(subject.environment);
  if (subject.kind === 'drill_run')
    return plain(`Drill “${name(run?.name ?? '')}” of ${feature} failed in ${place}`, 200);
  if (subject.kind === 'stretch')
    return plain(`${feature} in ${place}, ${day(from)} ${clock(from)} to ${clock(to)} UTC`, 200);
  const of = deciding(told);
  const what = candidate === null ? feature : `${feature} ${name(candidate)}`;
  const whom = rollback && rollback.cohorts.length > 0 ? ` for ${rollback.cohorts.map(name).join(', ')}` : '';
  const why = of
    ? `: ${quoted(of.criterion.name)} failed${of.cohort === null || whom ? '' : ` in ${name(of.cohort)}`}`
    : '';
  return plain(`${what} taken back in ${place}${whom}${why}`, 200);
}

/** One for each figure of everybody; the table has those of cohorts. */
function impactSentences(told: Told): Sentence[] {
  const shown = whole(told).filter(
    ({ id, value, inputs }) => id !== uncomparedId(String(inputs.criterion)) || value !== 0,
  );
  return shown.map((f) => sentence(`impact/${f.id}`, ...figureParts(told, f)));
}

function figureParts(told: Told, f: Figure) {
  if (f.id === impactId(String(f.inputs.criterion))) return excessParts(told, f);
  const label = plain(f.label, 200);
  return f.value === null
    ? [said(`${label}: not known, because ${within(plain(f.why, 300))}`, figure(f.id)), '.']
    : [said(`${label}: ${figureValue(f)}`, figure(f.id)), '.'];
}

/** With its unit and interval, as a sentence says it. */
export function figureValue({ value, low, high, level, unit }: Figure): string {
  if (value === null) return 'not known';
  const one = (v: number) =>
    unit === 'ms' ? signed(v) : unit === 'share' ? `${(100 * v).toPrecision(3)}\u202f%` : count(v);
  const between =
    low === null || high === null
      ? ''
      : ` (${level === null ? '' : `${100 * level}\u202f% interval `}${one(low)} to ${one(high)})`;
  return `${one(value)}${between}`;
}

function durations({ facts, milestones }: Told): Sentence | null {
  const at = new Map(milestones.flatMap((m): Array<[string, Milestone]> => (m.at === null ? [] : [[m.name, m]])));
  const first = at.get('onset') ?? at.get('detected');
  const last = at.get('recovered') ?? at.get('propagated');
  if (!first?.at || !last?.at || facts.subject.kind === 'stretch') return null;
  const [from, to] = [
    first.name === 'onset' ? 'the onset' : 'noticing it',
    last.name === 'recovered' ? 'the proof of return' : 'nobody being on it',
  ];
  const ms = Date.parse(last.at) - Date.parse(first.at);
  if (ms < 0) return null;
  return sentence(
    'timeline/whole',
    said(`It took ${lasted(ms)} from ${from} to ${to}`, ...first.sources, ...last.sources),
    '.',
  );
}

function evidenceSentences(facts: Facts): Sentence[] {
  const { measured, events, decisions, snapshots } = facts;
  const cells = measured.reduce((n, m) => n + m.cells.length, 0);
  const of = (n: number, one: string, many?: string) => `${count(n)} ${plural(n, one, many)}`;
  return [
    sentence(
      'evidence/read',
      said(`Read on ${day(facts.takenAt)} at ${clock(facts.takenAt)} UTC`, evidence('stretch')),
      `: ${of(events.length, 'event')}, ${of(decisions.length, 'decision')}, ${of(snapshots.length, 'snapshot')} and ${of(cells, 'cell')} of ${of(measured.length, 'criterion', 'criteria')}, from ${clock(facts.from)} to ${clock(facts.to)} UTC.`,
    ),
    ...measured.flatMap(({ criterion, missing }) =>
      missing === ''
        ? []
        : [
            sentence(
              `evidence/none/${criterion.name}`,
              said(plain(missing, 300), evidence(`measured/${criterion.name}`)),
              '.',
            ),
          ],
    ),
    ...facts.missing.map((text, i) =>
      sentence(`evidence/missing/${i}`, said(plain(text, 300), evidence(`missing/${i}`)), '.'),
    ),
  ];
}
