/** Pieces of the frozen evidence that other folders have no word for. */
import type { Difference, SnapshotView } from '@/lib/snapshot/model';

export type SnapshotFact = Pick<SnapshotView, 'id' | 'cause' | 'digest' | 'takenAt' | 'by' | 'body'>;
/** The known-good state against what there was when it was taken back. */
export type Comparison = { from: string; to: string; differences: Difference[] };
