/** What runs, in the order in which it was started; stopped in the opposite one. */
export type Running = { name: string; stop: () => Promise<void>; kill: () => void };

export type Stack = { add: <R extends Running>(running: R) => R; stop: () => Promise<void>; kill: () => void };

export function openStack(): Stack {
  const all: Running[] = [];
  return {
    add: (running) => {
      all.push(running);
      return running;
    },
    stop: async () => {
      for (let next = all.pop(); next; next = all.pop()) await next.stop();
    },
    kill: () => {
      for (const running of all.reverse()) running.kill();
    },
  };
}
