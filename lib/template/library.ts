/** The templates that come with Belay, as those of people are shown. */
import { criteriaSets } from './library/criteria';
import { drills } from './library/drills';
import { plans } from './library/plans';
import { postmortems } from './library/postmortems';
import { runbooks } from './library/runbooks';
import type { TemplateKind, TemplateView } from './model';

type Builtin = { id: string; name: string; description: string; body: unknown };
const shelf = (kind: TemplateKind, items: Builtin[]): TemplateView[] =>
  items.map(({ id, name, description, body }) => ({
    id,
    kind,
    name,
    description,
    body,
    builtin: true,
    by: 'Belay',
    at: null,
  }));

export const library: TemplateView[] = [
  ...shelf('plan', plans),
  ...shelf('criteria', criteriaSets),
  ...shelf('runbook', runbooks),
  ...shelf('drill', drills),
  ...shelf('postmortem', postmortems),
];
