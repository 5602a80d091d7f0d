import { expect, test } from 'vitest';
import { openLog } from './log';

function logged(write: (log: ReturnType<typeof openLog>) => void): string {
  const lines: string[] = [];
  write(openLog('test', { to: { write: (line) => lines.push(line) } }));
  return lines.join('');
}

const key = `belay_${'a1'.repeat(6)}_${'s3'.repeat(16)}_deadbeef`;

test('no secret reaches a line, by whichever way it comes', () => {
  const text = logged((log) => {
    log.info(
      { headers: { authorization: `Bearer ${key}`, cookie: 'belay_session=canary-1', 'x-api-key': 'canary-2' } },
      'in',
    );
    log.info(`a key ${key} in the message`);
    log.info({ deep: { deeper: [{ note: `see ${key}` }] } }, 'nested');
    log.error({ err: new Error(`connect postgres://belay:canary-3@127.0.0.1:5432/belay Bearer canary-4`) }, 'failed');
    log.error({ err: new Error('outer', { cause: new Error('http://x/sign-in/canary-5') }) }, 'failed');
    log.error({ err: new Error('Failed query: select $1\nparams: canary-7,\ncanary-8') }, 'failed');
    log.child({ token: 'canary-6' }).info('child');
    log.info({ sent: 'signed with whsec_canary/9+canary==' }, 'by whsec_canary10');
  });
  expect(text).not.toContain('s3s3s3');
  expect(text).not.toContain('canary');
  expect(text.trim().split('\n')).toHaveLength(8);
});

test('each event is one JSON line that keeps what is no secret, a newline in a message too', () => {
  const line = logged((log) => log.warn({ feature: 'new-checkout', key: 'kept' }, 'first\nsecond'));
  expect(line.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse(line)).toMatchObject({
    level: 'warn',
    process: 'test',
    feature: 'new-checkout',
    key: 'kept',
    msg: 'first\nsecond',
  });
});
