/** Reading telemetry back: bins for the judge, series for charts, and what is known of its health. */
import type { Context } from '@/lib/context';
import type { Db } from '@/lib/db';
import type {
  BinQuery,
  BinRow,
  Finding,
  Freshness,
  Mapping,
  MetricView,
  Rejection,
  SegmentView,
  SeriesQuery,
  SeriesView,
} from './model';

export async function readBins(_db: Db, _query: BinQuery): Promise<BinRow[]> {
  throw new Error('not yet');
}
export async function series(_ctx: Context, _query: SeriesQuery): Promise<SeriesView> {
  throw new Error('not yet');
}
export async function metricsOf(
  _ctx: Context,
  _query: { environment: string; feature: string },
): Promise<MetricView[]> {
  throw new Error('not yet');
}
export async function segments(
  _ctx: Context,
  _query: { environment?: string; feature?: string },
): Promise<SegmentView[]> {
  throw new Error('not yet');
}
export async function freshness(_db: Db, _query: { environment: string; feature: string }): Promise<Freshness> {
  throw new Error('not yet');
}
export async function findings(_db: Db, _query: { environment: string; feature: string }): Promise<Finding[]> {
  throw new Error('not yet');
}
export async function rejections(_ctx: Context, _limit: number): Promise<Rejection[]> {
  throw new Error('not yet');
}
export async function getMapping(_ctx: Context): Promise<Mapping> {
  throw new Error('not yet');
}
export async function putMapping(_ctx: Context, _input: unknown): Promise<Mapping> {
  throw new Error('not yet');
}
/** Drops what is past its keep, a chunk at a time. */
export async function retain(
  _db: Db,
  _now: Date,
): Promise<{ ledger: number; rollups: number; receipts: number; rejections: number }> {
  throw new Error('not yet');
}
