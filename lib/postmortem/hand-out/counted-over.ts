/** Over which stretch the excess that candidates carry was counted, and whose stretch that is. Pure. */
import type { Facts } from '../facts';
import { exposedId, impactId } from '../impact/figure-id';
import type { Report } from './report';

type Stretch = { from: string; to: string };
export type CountedOver = Stretch & {
  criteria: string[];
  /** which figure's stretch it is, in words */
  what: string;
  /** what the impact of the same criteria is counted over, where that is another stretch */
  impact: Stretch | null;
};

/** One for each stretch; criteria of which no excess was counted have none. */
export function countedOver(report: Pick<Report, 'facts' | 'figures' | 'milestones'>): CountedOver[] {
  const { facts } = report;
  if (!facts) return [];
  const found: CountedOver[] = [];
  for (const { criterion, excess, excessOver } of facts.measured) {
    if (excess === null) continue;
    const impact = impactOver(report, criterion.name, excessOver);
    const same = found.find((f) => equal(f, excessOver) && equal(f.impact, impact));
    if (same) same.criteria.push(criterion.name);
    else found.push({ ...excessOver, criteria: [criterion.name], what: whose(report, facts, excessOver), impact });
  }
  return found;
}

const equal = (a: Stretch | null, b: Stretch | null): boolean => a?.from === b?.from && a?.to === b?.to;

function impactOver({ figures }: Pick<Report, 'figures'>, criterion: string, over: Stretch): Stretch | null {
  const { from, to } = figures.find(({ id }) => id === impactId(criterion))?.inputs ?? {};
  return typeof from === 'string' && typeof to === 'string' && !equal({ from, to }, over) ? { from, to } : null;
}

function whose({ figures, milestones }: Pick<Report, 'figures' | 'milestones'>, facts: Facts, over: Stretch): string {
  const at = (name: 'onset' | 'propagated') => milestones.find((m) => m.name === name)?.at ?? null;
  const minutes = figures.find(({ id }) => id === exposedId('minutes'));
  const [begins, ends] = [over.from === at('onset'), over.to === at('propagated')];
  if (begins && ends && minutes?.state === 'known')
    return `the stretch of “${minutes.label}”, from the onset to when nobody was served the candidate`;
  if (begins && ends) return 'from the onset to when nobody was served the candidate';
  if (begins)
    return 'from the onset to the end of what is told, for nothing shows when nobody was served the candidate';
  if (ends)
    return 'from the beginning of what is told, for the onset is not known, to when nobody was served the candidate';
  return equal(over, facts) ? 'all of what is told, for the ends of the harm are not known' : 'a stretch of no figure';
}
