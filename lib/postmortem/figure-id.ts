/** What figures are called. Names come from outside, so their slashes are written as `%2F`. Pure. */

const name = (text: string): string => encodeURIComponent(text);
const words = new Set(['uncompared', 'budget']);
/** A cohort that is called like a word of ours has its first letter written as a code, which no other name has. */
const cohortName = (cohort: string): string =>
  words.has(cohort) ? `%${cohort.charCodeAt(0).toString(16)}${cohort.slice(1)}` : name(cohort);
const of = (cohort: string | null): string => (cohort === null ? '' : `/${cohortName(cohort)}`);

/** `impact/errors`, `impact/errors/beta`: what the candidate did beyond the baseline's rate, by one criterion. */
export const impactId = (criterion: string, cohort: string | null = null): string =>
  `impact/${name(criterion)}${of(cohort)}`;
/** `impact/errors/uncompared`: requests that had nobody to compare with */
export const uncomparedId = (criterion: string): string => `impact/${name(criterion)}/uncompared`;
/** `impact/availability/budget`: error budget that it spent */
export const budgetId = (criterion: string): string => `impact/${name(criterion)}/budget`;

export const exposures = ['requests', 'users', 'minutes'] as const;
/** `exposed/requests`, `exposed/requests/beta`, `exposed/users`, `exposed/minutes` */
export const exposedId = (what: (typeof exposures)[number], cohort: string | null = null): string =>
  `exposed/${what}${of(cohort)}`;

export const clocks = ['detect', 'decide', 'actuate', 'propagate', 'recover'] as const;
export const clockId = (clock: (typeof clocks)[number]): string => `clock/${clock}`;
