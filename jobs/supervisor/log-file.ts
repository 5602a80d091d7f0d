/** A child's output: all of it in a file that cannot grow without end, what matters as lines for the terminal. */
import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const capBytes = 5 * 1024 * 1024;
/** At most this many lines of one child on the terminal in `quietMs`; the file has them all. */
const loudest = 3;
const quietMs = 10_000;

export type LogFile = { write: (text: string) => void; tail: () => string };

export function openLogFile(path: string, loud: (line: string) => void): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  let size = existsSync(path) ? statSync(path).size : 0;
  let rest = '';
  let tail: string[] = [];
  let shown = 0;
  let since = 0;
  const show = (text: string) => {
    if (Date.now() - since > quietMs) {
      since = Date.now();
      shown = 0;
    }
    if (shown++ < loudest) loud(text);
  };
  return {
    write: (text) => {
      if (size > capBytes) {
        renameSync(path, `${path}.1`);
        size = 0;
      }
      appendFileSync(path, text);
      size += Buffer.byteLength(text);
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(-10_000);
      tail = [...tail, ...lines].slice(-20);
      for (const line of lines) {
        const important = importantPart(line);
        if (important) show(important);
      }
    },
    tail: () => [...tail, rest].filter(Boolean).join('\n'),
  };
}

/** What of a line belongs on the terminal, or null: errors only, whether as JSON or as Next prints them. */
export function importantPart(line: string): string | null {
  if (line.startsWith('{')) {
    try {
      const { level, msg, err } = JSON.parse(line) as { level?: string; msg?: string; err?: { message?: string } };
      if (level !== 'error' && level !== 'fatal') return null;
      return [msg, err?.message].filter(Boolean).join(': ').slice(0, 300) || null;
    } catch {
      return null;
    }
  }
  return /^\s*(⨯|Error:|\w*Error:|FATAL)/.test(line) ? line.trim().slice(0, 300) : null;
}
