import { expect, test } from 'vitest';
import { refuseDrop, refuseEdit, refuseSend, type UpdateNow } from './decide';
import { updateStates } from './model';

const now = new Date('2026-11-22T10:00:00Z');
const later = new Date('2026-11-22T10:00:01Z');
const draft: UpdateNow = { state: 'draft', revision: 3, nextAt: null, endedBy: null };
const open = { closed: false };

test.each(updateStates)('what is %s', (state) => {
  const update = { ...draft, state, endedBy: 'Ada' };
  const refused = state === 'draft' ? null : { why: `Ada has ${state} this update meanwhile; look again` };
  expect(refuseEdit(update, open, 3)).toEqual(refused);
  expect(refuseSend(update, open, { basedOn: 3, now })).toEqual(refused);
  expect(refuseDrop(update)).toEqual(refused);
});

test('who has read other words approves nothing', () => {
  for (const basedOn of [2, 4]) {
    expect(refuseEdit(draft, open, basedOn)?.why).toContain('read them again');
    expect(refuseSend(draft, open, { basedOn, now })?.why).toContain('read them again');
  }
});

test('on a closed page nothing is told, and drafts can be dropped', () => {
  const closed = { closed: true };
  expect(refuseEdit(draft, closed, 3)?.why).toContain('closed');
  expect(refuseSend(draft, closed, { basedOn: 3, now })?.why).toContain('closed');
  expect(refuseDrop(draft)).toBeNull();
});

test('no news are promised for what is past', () => {
  expect(refuseSend({ ...draft, nextAt: now }, open, { basedOn: 3, now })?.field).toBe('nextAt');
  expect(refuseSend({ ...draft, nextAt: later }, open, { basedOn: 3, now })).toBeNull();
});
