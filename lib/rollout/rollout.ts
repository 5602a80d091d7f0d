/** Rollouts: every verb and read. Each verb loads, decides, writes conditionally, then wakes whoever goes on. */
import type { Context } from '@/lib/context';
import type { ApprovalView, DecisionView, LookView, Preview, RolloutState, RolloutView, Verb, Verdict } from './model';

const later = (): never => {
  throw new Error('not written yet');
};

export async function createRollout(_ctx: Context, _input: unknown): Promise<RolloutView> {
  return later();
}
export async function editRollout(_ctx: Context, _id: string, _input: unknown): Promise<RolloutView> {
  return later();
}
export async function deleteRollout(_ctx: Context, _id: string): Promise<void> {
  return later();
}
export async function getRollout(_ctx: Context, _id: string): Promise<RolloutView> {
  return later();
}
export async function listRollouts(
  _ctx: Context,
  _filter: { states?: RolloutState[]; feature?: string; environment?: string; limit?: number } = {},
): Promise<RolloutView[]> {
  return later();
}
export async function getVerdict(_ctx: Context, _id: string): Promise<Verdict | null> {
  return later();
}
export async function decisionsOf(_ctx: Context, _id: string): Promise<DecisionView[]> {
  return later();
}
export async function looksOf(
  _ctx: Context,
  _id: string,
  _query: { criterion?: string; cohort?: string | null; from?: Date; to?: Date } = {},
): Promise<LookView[]> {
  return later();
}
export async function perform(
  _ctx: Context,
  _id: string,
  _verb: Verb,
  _options: { reason: string; expectedEpoch?: number },
): Promise<RolloutView> {
  return later();
}
export async function preview(_ctx: Context, _id: string, _verb: Verb): Promise<Preview> {
  return later();
}
export async function listApprovals(
  _ctx: Context,
  _filter: { state?: ApprovalView['state']; rolloutId?: string } = {},
): Promise<ApprovalView[]> {
  return later();
}
export async function decideApproval(
  _ctx: Context,
  _id: string,
  _answer: { approve: boolean; comment: string },
): Promise<ApprovalView> {
  return later();
}
