import type { TemplateView } from '@/lib/template/model';

/** Where something is started from a template. */
export function startFrom({ kind, id }: Pick<TemplateView, 'kind' | 'id'>): string {
  if (kind === 'runbook') return `/runbooks/new?template=${id}`;
  if (kind === 'drill') return `/drills/new?template=${id}`;
  if (kind === 'postmortem') return `/postmortems/new?template=${id}`;
  return `/rollouts/new?${kind === 'plan' ? 'template' : 'criteria'}=${id}`;
}
