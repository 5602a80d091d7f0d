/** The error budget that the candidate's excess used up, where an objective is declared. Pure. */
import type { Facts, Measured } from '../facts';
import type { Figure } from '../model';
import { budgetId } from './figure-id';
import { countingOf, versionsOf } from './strata';

const month = 30 * 24 * 3_600_000;

/**
 * The excess over what the objective allows of all requests of both versions meanwhile: 1 is the whole budget that this
 * time earned. What that is of thirty days follows only if traffic goes on as it was, so it is no figure of its own.
 */
export function budgetOf(facts: Facts, measured: Measured, of: { from: number; excess: Figure }): Figure {
  const { criterion } = measured;
  const versions = versionsOf(facts);
  const { count } = countingOf(measured, versions);
  const served = { n: 0, k: 0 };
  for (const cell of measured.cells) {
    if (cell.at < of.from || (cell.version !== versions.baseline && cell.version !== versions.candidate)) continue;
    const seen = count?.(cell);
    if (!seen || !(seen.n >= 0) || !(seen.k >= 0) || !Number.isFinite(seen.n)) continue;
    served.n += seen.n;
    served.k += seen.k;
  }
  // What 1 − 0.999 leaves behind the twelfth digit is no part of a budget.
  const budget = Number((1 - (criterion.objective ?? 1)).toPrecision(12));
  const allowed = budget * served.n;
  const { excess } = of;
  const known = excess.state === 'known' && allowed > 0;
  const share = (events: number | null) => (known && events !== null ? events / allowed : null);
  const spanMs = Date.parse(facts.to) - of.from;
  return {
    id: budgetId(criterion.name),
    label: 'Error budget of this time that the excess spent',
    state: known ? 'known' : 'unknown',
    value: share(excess.value),
    unit: 'share',
    low: share(excess.low),
    high: share(excess.high),
    level: known ? excess.level : null,
    why: known ? '' : excess.why || 'No requests were counted, so no budget was earned',
    method:
      'Excess errors over (1 − objective)·n, n all requests of both versions meanwhile (error budget: Google, The Site Reliability Workbook, “Implementing SLOs”)',
    inputs: {
      criterion: criterion.name,
      objective: criterion.objective ?? null,
      requests: served.n,
      errors: served.k,
      allowed,
      spentByAll: allowed > 0 ? served.k / allowed : null,
      ofThirtyDays: known && excess.value !== null ? (excess.value / allowed) * (spanMs / month) : null,
      from: new Date(of.from).toISOString(),
      to: facts.to,
    },
    sources: [...excess.sources, { kind: 'figure', id: excess.id }],
  };
}
