/** The append-only, hash-chained history. Safe in a browser. */
export const eventKinds = [
  'rollout.created',
  'rollout.edited',
  'rollout.started',
  'rollout.widened',
  'rollout.held',
  'rollout.resumed',
  'rollout.rolling_back',
  'rollout.cohort_withdrawn',
  'rollout.rolled_back',
  'rollback.verified',
  'rollback.unconfirmed',
  'rollback.acknowledged',
  'rollback.retried',
  'rollback.ticked',
  'rollback.fallback_tried',
  'rollback.cap_reached',
  'snapshot.taken',
  'snapshot.restored',
  'configuration.changed',
  'configuration.restored',
  'migration.ordered',
  'migration.applied',
  'migration.reverted',
  'migration.failed',
  'migration.left',
  'database.created',
  'database.changed',
  'database.removed',
  'runbook.changed',
  'template.created',
  'template.changed',
  'template.removed',
  'notice_address.added',
  'notice_address.changed',
  'notice_address.confirmed',
  'notice_address.removed',
  'notice.failed',
  'notice.retried',
  'drill.created',
  'drill.changed',
  'drill.archived',
  'drill.paused',
  'drill.resumed',
  'drill.skipped',
  'drill.started',
  'drill.injected',
  'drill.detected',
  'drill.decided',
  'drill.restored',
  'drill.failed',
  'drill.aborted',
  'drill.interrupted',
  'drill.corrected',
  'drill.expired',
  'drill.frozen',
  'postmortem.opened',
  'postmortem.drafted',
  'postmortem.edited',
  'postmortem.review_asked',
  'postmortem.reviewed',
  'postmortem.commented',
  'postmortem.published',
  'postmortem.amended',
  'postmortem.sent',
  'postmortem.action_added',
  'postmortem.action_changed',
  'status_page.opened',
  'status_page.linked',
  'status_page.unlinked',
  'status_page.closed',
  'status_update.drafted',
  'status_update.written',
  'status_update.edited',
  'status_update.dropped',
  'status_update.sent',
  'incident.marked',
  'incident.ended',
  'plane.ordered',
  'plane.confirmed',
  'plane.conflict',
  'rollout.explained',
  'rollout.completed',
  'rollout.deleted',
  'verdict.changed',
  'approval.requested',
  'approval.given',
  'approval.refused',
  'feature.created',
  'feature.changed',
  'feature.killed',
  'feature.revived',
  'override.set',
  'override.removed',
  'opt_out.added',
  'opt_out.removed',
  'cohort.created',
  'cohort.changed',
  'key.created',
  'key.revoked',
  'person.signed_in',
  'person.changed',
  'webhook.created',
  'webhook.changed',
  'webhook.rotated',
  'webhook.disabled',
  'webhook.removed',
  'plane.created',
  'plane.changed',
  'plane.removed',
  'settings.changed',
  'automation.stopped',
  'automation.resumed',
  'telemetry.finding',
  'retention.ran',
] as const;
export type EventKind = (typeof eventKinds)[number];

/** What a change says of itself; the face adds sequence, time and hashes. */
export type EventInput = {
  kind: EventKind;
  /** One plain sentence, present or past tense, no markup. */
  reason: string;
  environment?: string | null;
  feature?: string | null;
  rolloutId?: string | null;
  /** Facts, JSON only; part of the hash. */
  data?: Record<string, unknown>;
};

export type EventView = {
  seq: number;
  at: string;
  kind: EventKind;
  actor: { kind: string; id: string; name: string };
  reason: string;
  environment: string | null;
  feature: string | null;
  rolloutId: string | null;
  data: Record<string, unknown>;
  hash: string;
};
