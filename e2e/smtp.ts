/** A real SMTP server that misbehaves as it is told, and what it took. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export type Taken = { from: string; to: string[]; raw: string; messageId: string; subject: string };
/** What it says to a mail once all of it has come: a code and a line, a hang, a slam; undefined: 250. */
export type Answer = { code: number; message: string } | 'hang' | 'hang_up' | undefined;
export type Mailbox = {
  port: number;
  taken: Taken[];
  /** everything that came whole, also what was not taken */
  seen: Taken[];
  connections: () => number;
  /** as told, one after the other; then 250 for ever */
  answers: Answer[];
  /** what it says to a mail by what is in it, after those */
  refuses: (mail: Taken) => Answer;
  /** hangs up on everybody who is connected */
  drop: () => void;
  close: () => Promise<void>;
};

export async function smtpServer(options: SMTPServerOptions = {}): Promise<Mailbox> {
  const box: Pick<Mailbox, 'taken' | 'seen' | 'answers' | 'refuses'> = {
    ...{ taken: [], seen: [], answers: [] },
    refuses: () => undefined,
  };
  let connections = 0;
  const sockets = new Set<Socket>();
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    closeTimeout: 100,
    disableReverseLookup: true,
    ...options,
    onData(stream, session, done) {
      let raw = '';
      stream.on('data', (part: Buffer) => {
        raw += part.toString('latin1');
      });
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const taken = {
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map((r) => r.address),
          raw,
          messageId: header(raw, 'message-id'),
          subject: header(raw, 'subject'),
        };
        box.seen.push(taken);
        const answer = box.answers.shift() ?? box.refuses(taken);
        if (answer === 'hang') return;
        if (answer === 'hang_up') return drop();
        if (answer) return done(Object.assign(new Error(answer.message), { responseCode: answer.code }));
        box.taken.push(taken);
        done(null);
      });
    },
  });
  server.on('error', () => {});
  server.server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  const close = () => {
    // Node dies of a socket that is destroyed beneath its TLS; such a server ends its connections itself.
    if (!options.key) drop();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return Object.assign(box, { port, connections: () => connections, drop, close });
}

/** Speaks whatever it likes: each line that comes is answered as `says` has it, null: not at all, 'end': hung up. */
export async function rawServer(greeting: string | null, says: (line: string) => string | null | 'end') {
  const sockets = new Set<Socket>();
  const lines: string[] = [];
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    if (greeting !== null) socket.write(`${greeting}\r\n`);
    socket.on('data', (part) => {
      for (const line of part.toString('latin1').split('\r\n').filter(Boolean)) {
        lines.push(line);
        const said = says(line);
        if (said === 'end') socket.destroy();
        else if (said !== null) socket.write(`${said}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** One header of a mail, unfolded; the first of its name. */
export function header(raw: string, name: string): string {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
  const line = head.split('\r\n').find((l) => l.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim() ?? '';
}

/** The parts of a multipart mail by their type, decoded. */
export function parts(raw: string): Record<string, string> {
  const boundary = /boundary="?([^";\r\n]+)"?/.exec(raw)?.[1];
  if (!boundary) return {};
  const found: Record<string, string> = {};
  for (const part of raw.split(`--${boundary}`).slice(1, -1)) {
    const at = part.indexOf('\r\n\r\n');
    const head = part.slice(0, at).trimStart();
    const body = part.slice(at + 4).replace(/\r\n$/, '');
    const type = /content-type:\s*([^;\s]+)/i.exec(head)?.[1] ?? '';
    const coding = /content-transfer-encoding:\s*(\S+)/i.exec(head)?.[1]?.toLowerCase() ?? '7bit';
    found[type] = decoded(body, coding);
  }
  return found;
}

function decoded(body: string, coding: string): string {
  if (coding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (coding !== 'quoted-printable') return Buffer.from(body, 'latin1').toString('utf8');
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** What stands in an encoded header (RFC 2047). */
export function unencoded(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi, (_all, how: string, body: string) =>
      how.toUpperCase() === 'B'
        ? Buffer.from(body, 'base64').toString('utf8')
        : decoded(body.replaceAll('_', ' '), 'quoted-printable'),
    );
}
