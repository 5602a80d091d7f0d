/**
 * `npm run -s judge`: the judge alone, as in production. One case a line in, one answer a line out, in order; a line that
 * cannot be judged answers `{"error": …}` in its place.
 */
import { createInterface } from 'node:readline';
import { answerLine } from '@/lib/criterion/case';

async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    if (!process.stdout.write(`${answerLine(line)}\n`)) await new Promise((go) => process.stdout.once('drain', go));
  }
}

// Whoever reads may stop reading (`| head`): that is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
await main();
