/** Control planes and the addresses that Belay calls, in plain words. */

import type { Tone } from '@/app/ui/text/words';
import type { Breaker, DeliveryState, PlaneView } from '@/lib/plane/model';
import type { Failure, Sent, WebhookView } from '@/lib/webhook/model';

export const deliveryWords: Record<DeliveryState, { label: string; tone: Tone; says: string }> = {
  pending: { label: 'Not known yet', tone: 'warn', says: 'Belay goes on asking until it reads back' },
  confirmed: { label: 'Reads back', tone: 'good', says: 'it serves what was ordered' },
  conflict: { label: 'Serves something else', tone: 'bad', says: 'somebody else has decided; nothing was overwritten' },
  refused: { label: 'Refused', tone: 'bad', says: 'it will not take the order, however often it is asked' },
};

export function breakerWords(breaker: Breaker): { label: string; tone: Tone; says: string } {
  switch (breaker.state) {
    case 'closed':
      return breaker.failures === 0
        ? { label: 'Answers', tone: 'good', says: 'or has not been asked yet' }
        : { label: 'Answers now and then', tone: 'warn', says: `the last ${times(breaker.failures)} it did not` };
    case 'open':
      return { label: 'Does not answer', tone: 'bad', says: 'it is left alone for a while, then asked once' };
    case 'half_open':
      return { label: 'Being tried', tone: 'warn', says: 'one call sees whether it answers again' };
  }
}

const times = (n: number) => (n === 1 ? 'time' : `${n} times`);

export function fallbackWords(plane: PlaneView, planes: PlaneView[]): string {
  const { fallbackPlane, fallbackVersion } = plane;
  if (fallbackPlane !== null) return `Ask ${planes.find((p) => p.id === fallbackPlane)?.name ?? fallbackPlane}, once`;
  return fallbackVersion === null ? 'Tell people, nothing else' : `Serve ${fallbackVersion} to everybody`;
}

const failureWords: Record<Failure, string> = {
  refused: 'Nobody listens there',
  timeout: 'No answer in time',
  reset: 'The connection was cut',
  unreachable: 'It could not be reached',
  blocked: 'Belay may not call this address',
  disabled: 'It is disabled, so it was not called',
};

/** What came of a ping, in one sentence. */
export function sentWords(sent: Sent): { good: boolean; text: string } {
  if (sent.kind !== 'answered') return { good: false, text: `${failureWords[sent.kind]}: ${sent.why}.` };
  const good = sent.status >= 200 && sent.status < 300;
  return {
    good,
    text: good ? `It answered ${sent.status}.` : `It answered ${sent.status}: it is reached, but does not take a ping.`,
  };
}

export function webhookWords(webhook: WebhookView): { label: string; tone: Tone } {
  if (webhook.state === 'enabled') return { label: 'Enabled', tone: 'good' };
  return { label: webhook.disabledReason ? 'Disabled by Belay' : 'Disabled', tone: 'plain' };
}
