/** What the person at the terminal reads: one line a step, one line for what went wrong, nothing else. */

/** Something that the person who started Belay can put right. The message is the whole line that they read. */
export class Refusal extends Error {
  override name = 'Refusal';
}

export type Terminal = {
  line: (text: string) => void;
  /** Says that `what` runs, again every ten seconds while it does, and how long it took. */
  step: <T>(what: string, work: () => Promise<T>, done?: (result: T) => string) => Promise<T>;
  problem: (text: string) => void;
};

export function openTerminal(write: (text: string) => void = (text) => void process.stdout.write(text)): Terminal {
  const line = (text: string) => write(`${text}\n`);
  return {
    line,
    problem: (text) => line(`  ! ${text}`),
    step: async (what, work, done) => {
      const started = Date.now();
      const seconds = () => (Date.now() - started) / 1000;
      line(`  … ${what}`);
      const still = setInterval(() => line(`  … ${what} (${seconds().toFixed(0)} s)`), 10_000);
      try {
        const result = await work();
        line(`  ✓ ${done ? done(result) : what} (${seconds().toFixed(1)} s)`);
        return result;
      } finally {
        clearInterval(still);
      }
    },
  };
}
