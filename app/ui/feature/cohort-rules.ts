/** Cohort rules as a sentence. */

import { visible } from '@/app/ui/text/name';
import type { Cohort, CohortRule } from '@/lib/feature/model';

export function rulesText(cohort: Pick<Cohort, 'key' | 'rules' | 'description'>): string {
  if (cohort.rules === '*') return 'everybody';
  return cohort.rules.map(ruleText).join(', or ');
}

function ruleText(rule: CohortRule): string {
  const parts: string[] = [];
  if (rule.in) parts.push(`is ${rule.in.join(' or ')}`);
  if (rule.notIn) parts.push(`is not ${rule.notIn.join(' or ')}`);
  if (rule.startsWith !== undefined) parts.push(`starts with ${rule.startsWith}`);
  if (rule.endsWith !== undefined) parts.push(`ends with ${rule.endsWith}`);
  if (rule.greaterThan !== undefined) parts.push(`is above ${rule.greaterThan}`);
  if (rule.lessThan !== undefined) parts.push(`is below ${rule.lessThan}`);
  if (rule.exists !== undefined) parts.push(rule.exists ? 'is there' : 'is not there');
  return visible(`${rule.attribute} ${parts.join(' and ')}`);
}
