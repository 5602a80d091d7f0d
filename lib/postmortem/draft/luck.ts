/** Where we were lucky: what kept it small that nobody had set up against this very thing. Pure. */
import { decisionOf } from '../impact/decided';
import type { Sentence } from '../model';
import { exposureOf, stageThen } from './aftermath';
import { onsetPoint } from './causes';
import { decisionSources } from './decision-sources';
import { listed, said, sentence } from './sentence';
import { evidence } from './sources';
import { count, deciding, milestone, name, percent, quoted, type Told } from './words';

export const wereLucky = (told: Told): Array<Sentence | null> => [
  exposed(told),
  heldBack(told),
  shareOfTraffic(told),
  oneCohort(told),
];

function exposed(told: Told): Sentence | null {
  const then = stageThen(told);
  if (!then || then.stage === then.last) return null;
  return sentence(
    'lucky/stage',
    said(
      `It failed in the stage ${quoted(then.stage.name)}, which exposes ${exposureOf(then.stage)}`,
      evidence('plan'),
      ...decisionSources(told),
    ),
    `; the last stage would have exposed ${exposureOf(then.last)}.`,
  );
}

function heldBack({ facts }: Told): Sentence | null {
  const { plan } = facts;
  if (!plan || plan.holdback <= 0) return null;
  return sentence(
    'lucky/holdback',
    said(`A holdback of ${plan.holdback}\u202f% stayed on ${name(plan.baseline)} throughout`, evidence('plan')),
    ', so there was always something to compare with.',
  );
}

function shareOfTraffic(told: Told): Sentence | null {
  const { facts } = told;
  const onset = onsetPoint(told);
  const until = milestone(told, 'propagated')?.at ?? facts.to;
  const of = deciding(told)?.criterion.name;
  const measured = facts.measured.find(({ criterion }) => criterion.name === of) ?? facts.measured[0];
  if (!onset || !measured || measured.criterion.measure === 'value') return null;
  const [from, to] = [Date.parse(onset.at), Date.parse(until)];
  const cells = measured.cells.filter(({ at }) => at >= from && at < to);
  const sum = (version: string | null) => cells.reduce((n, c) => (c.version === version ? n + c.n : n), 0);
  const [candidate, baseline] = [sum(facts.candidate), sum(facts.baseline)];
  if (!(candidate > 0) || !(baseline > 0)) return null;
  const share = candidate / (candidate + baseline);
  if (share >= 0.5) return null;
  return sentence(
    'lucky/traffic',
    said(
      `${name(facts.candidate ?? 'The candidate')} had ${percent(share)} of the ${count(candidate + baseline)} observations of ${quoted(measured.criterion.name)} from ${onset.sure ? 'the onset on' : 'when it was noticed'}`,
      evidence(`measured/${measured.criterion.name}`),
      ...onset.sources,
    ),
    `; the rest met ${name(facts.baseline ?? 'the baseline')}.`,
  );
}

function oneCohort(told: Told): Sentence | null {
  const outcomes = decisionOf(told.facts)?.evidence?.outcomes ?? [];
  const of = deciding(told);
  if (!of) return null;
  const cohorts = outcomes.filter((o) => o.criterion === of.criterion.name && o.cohort !== null);
  const failing = cohorts.filter((o) => o.outcome === 'fail');
  if (cohorts.length < 2 || failing.length === 0 || failing.length === cohorts.length) return null;
  return sentence(
    'lucky/cohorts',
    said(
      `${quoted(of.criterion.name)} failed in ${listed(failing.map((o) => name(o.cohort ?? '')))} only, of ${cohorts.length} cohorts that were judged`,
      evidence(`decision/${decisionOf(told.facts)?.id}`),
    ),
    '.',
  );
}
