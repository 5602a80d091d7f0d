/** What people are told of a rollback, in words. Pure. */
import type { Notice } from '@/lib/notice/model';
import { whatNext } from './machine';
import type { RollbackStep } from './model';

type Of = {
  id: string;
  kind: 'rollback' | 'restore';
  rolloutId: string | null;
  featureKey: string;
  environment: string;
  cohorts: string[];
  reason: string;
  by: string;
};

const whom = ({ cohorts }: Of): string => (cohorts.length > 0 ? ` for ${cohorts.join(', ')}` : '');
const what = (of: Of): string =>
  `The ${of.kind === 'restore' ? 'restore' : 'rollback'} of ${of.featureKey} in ${of.environment}${whom(of)}`;

const about = (of: Of) => ({
  environment: of.environment,
  feature: of.featureKey,
  rolloutId: of.rolloutId,
  rollbackId: of.id,
  path: `/rollbacks/${of.id}`,
});

export function decidedNotice(of: Of): Notice {
  return {
    kind: 'rollback_decided',
    title:
      of.kind === 'restore'
        ? `${of.featureKey} goes back to a snapshot in ${of.environment}`
        : `${of.featureKey} is being rolled back in ${of.environment}${whom(of)}`,
    text: `${of.by}: ${of.reason}`,
    next: 'nothing yet: Belay tells when it is proven, and asks where it needs somebody.',
    ...about(of),
  };
}

export function verifiedNotice(of: Of): Notice {
  return {
    kind: 'rollback_verified',
    title: `${what(of)} is proven`,
    text: 'What was to be restored is restored, and everything that had to be shown was seen.',
    next: of.kind === 'restore' ? '' : 'nothing; its post-mortem says what happened.',
    ...about(of),
  };
}

export function unconfirmedNotice(of: Of & { steps: RollbackStep[] }): Notice {
  const failed = of.steps.filter((step) => step.state === 'failed');
  const open = failed.length > 0 ? failed : of.steps.filter((s) => s.state !== 'done' && s.state !== 'left');
  return {
    kind: 'rollback_unconfirmed',
    title: `${what(of)} is not confirmed`,
    text: open.map((step) => `${step.title}: ${step.detail || 'not done in time'}`).join('\n'),
    next: whatNext(of),
    ...about(of),
  };
}

export function waitsNotice(of: Of, step: RollbackStep): Notice {
  return {
    kind: 'rollback_waits_for_person',
    title: `${what(of)} waits for a person`,
    text: `${step.title}${step.owner ? ` (${step.owner})` : ''}. ${step.detail}`,
    next: step.next,
    ...about(of),
  };
}
