/** What figures are called. Pure. `inputs.criterion` and `inputs.cohort` have the names as they are. */

/**
 * Names come from outside: their slashes are written as `%2F`, and one that is a word of ours has its first letter
 * written as a code, so no two figures are called alike.
 */
const part = (name: string, ours: ReadonlySet<string>): string =>
  ours.has(name) ? `%${name.charCodeAt(0).toString(16)}${name.slice(1)}` : encodeURIComponent(name);

const exposures = ['requests', 'users', 'minutes'] as const;
const whole: ReadonlySet<string> = new Set(exposures);
const within: ReadonlySet<string> = new Set(['uncompared', 'budget']);
const of = (cohort: string | null): string => (cohort === null ? '' : `/${part(cohort, within)}`);

/** `impact/errors`, `impact/errors/beta`: what the candidate did beyond the baseline's rate, by one criterion. */
export const impactId = (criterion: string, cohort: string | null = null): string =>
  `impact/${part(criterion, whole)}${of(cohort)}`;
/** `impact/errors/uncompared`: requests that had nobody to compare with. */
export const uncomparedId = (criterion: string): string => `${impactId(criterion)}/uncompared`;
/** `impact/availability/budget`: error budget that it spent. */
export const budgetId = (criterion: string): string => `${impactId(criterion)}/budget`;
/** `impact/requests`, `impact/requests/beta`, `impact/users`, `impact/minutes`: who met the candidate. */
export const exposedId = (what: (typeof exposures)[number], cohort: string | null = null): string =>
  `impact/${what}${of(cohort)}`;

/** `clock/detect` */
export const clockId = (clock: 'detect' | 'decide' | 'actuate' | 'propagate' | 'recover'): string => `clock/${clock}`;
