/** Post-mortems in plain words. Pure. */

import type { IconName } from '@/app/ui/icon';
import type { Tone } from '@/app/ui/text/words';
import { formatCount, formatDuration, formatNumber, formatValue } from '@/lib/chart/format';
import type { ActionView } from '@/lib/postmortem/action-model';
import type {
  Figure,
  MilestoneName,
  NearChange,
  PostmortemState,
  ReviewView,
  SealView,
  Subject,
} from '@/lib/postmortem/model';
import type { SentTo } from '@/lib/postmortem/sending-model';

export const postmortemStateWords: Record<PostmortemState, { label: string; tone: Tone; says: string }> = {
  draft: { label: 'Draft', tone: 'plain', says: 'Written from what was recorded; nobody has reviewed it yet' },
  in_review: { label: 'In review', tone: 'warn', says: 'Reviewers were asked' },
  published: { label: 'Published', tone: 'good', says: 'Sealed: whoever changes it afterwards leaves a trace' },
  amended: {
    label: 'Amended',
    tone: 'good',
    says: 'Published, and changed since under a reason; each version is kept',
  },
};

export const subjectWords: Record<Subject['kind'], string> = {
  rollback: 'Rollback',
  drill_run: 'Failed drill',
  stretch: 'Stretch of time',
};

export const milestoneWords: Record<MilestoneName, { label: string; says: string }> = {
  started: { label: 'Started', says: 'the stage, or the drill, began' },
  onset: { label: 'Got worse', says: 'telemetry begins to differ from the baseline' },
  detected: { label: 'Detected', says: 'the first failing verdict' },
  decided: { label: 'Decided', says: 'to take it back' },
  acted: { label: 'Acted', says: 'the flags were switched' },
  propagated: { label: 'Propagated', says: 'nobody is served it any more' },
  recovered: { label: 'Recovered', says: 'the return is proven' },
};

/** The clock that ends at a milestone. */
export const clockEndingAt: Partial<Record<MilestoneName, 'detect' | 'decide' | 'actuate' | 'propagate' | 'recover'>> =
  { detected: 'detect', decided: 'decide', acted: 'actuate', propagated: 'propagate', recovered: 'recover' };

export const changeWords: Record<NearChange['kind'], string> = {
  stage: 'Stage',
  configuration: 'Configuration',
  migration: 'Migration',
  override: 'Override',
  feature: 'Feature',
  deployment: 'Deployment',
  rollback: 'Rollback',
  other: 'Other',
};

export const sealWords: Record<SealView['state'], { label: string; tone: Tone; icon: IconName }> = {
  intact: { label: 'Seal intact', tone: 'good', icon: 'pass' },
  broken: { label: 'Seal broken', tone: 'bad', icon: 'alert' },
  unsealed: { label: 'Not sealed yet', tone: 'plain', icon: 'no_data' },
};

export const sentWords: Record<SentTo['state'], { label: string; tone: Tone }> = {
  waiting: { label: 'Not yet told', tone: 'warn' },
  told: { label: 'Told', tone: 'good' },
  linked: { label: 'Told, by a link only', tone: 'warn' },
  failed: { label: 'Could not be told', tone: 'bad' },
  not_mailed: { label: 'No mail', tone: 'warn' },
};

export const actionTypeWords: Record<ActionView['type'], string> = {
  prevent: 'Prevent',
  mitigate: 'Mitigate',
  detect: 'Detect',
  repair: 'Repair',
  process: 'Process',
};
export const priorityWords: Record<ActionView['priority'], { label: string; tone: Tone }> = {
  urgent: { label: 'Urgent', tone: 'bad' },
  high: { label: 'High', tone: 'warn' },
  normal: { label: 'Normal', tone: 'plain' },
  low: { label: 'Low', tone: 'plain' },
};
export const actionStateWords: Record<ActionView['state'], { label: string; tone: Tone }> = {
  open: { label: 'Open', tone: 'plain' },
  in_progress: { label: 'In progress', tone: 'plain' },
  done: { label: 'Done', tone: 'good' },
  dropped: { label: 'Dropped', tone: 'plain' },
};
export const reviewWords: Record<ReviewView['state'], { label: string; tone: Tone }> = {
  asked: { label: 'Asked', tone: 'plain' },
  approved: { label: 'Approved', tone: 'good' },
  changes: { label: 'Wants changes', tone: 'warn' },
};

/** `800 ms`, `4.2 s`, `3 min 20 s`: below ten seconds a tenth counts. */
export function lasted(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1_000) return `${Math.round(size)}\u202fms`;
  if (size < 10_000) return `${formatNumber(Math.round(size / 100) / 10)}\u202fs`;
  return formatDuration(size);
}

/** A number of a figure in its own unit, without the unit's name where that stands in the label. */
export function figureNumber(unit: Figure['unit'], value: number): string {
  if (unit === 'ms') return `${value < 0 ? '−' : ''}${lasted(value)}`;
  if (unit === 'share') return formatValue(value, { kind: 'share' });
  if (unit === 'points') return formatNumber(value);
  const small = Math.abs(value) < 10 && !Number.isInteger(value);
  return small ? formatNumber(Math.round(value * 10) / 10) : formatCount(value);
}

/** `31 to 88`; null: it has none */
export const figureRange = ({ unit, low, high }: Figure): string | null =>
  low === null || high === null ? null : `${figureNumber(unit, low)} to ${figureNumber(unit, high)}`;
