/** Where notices go in a test: keeps what came, checks signatures as Standard Webhooks says, and can misbehave. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';

export type Message = { headers: IncomingHttpHeaders; text: string };
export type Hook = {
  url: string;
  /** with what each of them was answered */
  received: Array<Message & { status: number }>;
  /** The next so many messages are answered with a 500. */
  failNext: (times: number) => void;
  close: () => Promise<void>;
};

export async function openHook(): Promise<Hook> {
  const received: Hook['received'] = [];
  let failing = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = failing-- > 0 ? 500 : 204;
      received.push({ headers: request.headers, text: Buffer.concat(chunks).toString(), status });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`,
    received,
    failNext: (times) => {
      failing = times;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Written from the specification, not from our own code. */
export function isSigned({ headers, text }: Message, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
  const expected = createHmac('sha256', key).update(content).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .map((signature) => Buffer.from(signature.replace(/^v1,/, ''), 'base64'))
    .some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected));
}
