/** Waiting for something to do. */
export const sleep = async (ms: number): Promise<void> => {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
};

export type Alarm = {
  ring: () => void;
  /** until it rings */
  wait: (ms: number) => Promise<void>;
  /** though it rings */
  pause: (ms: number) => Promise<void>;
};

/** Wakes whoever waits; a ring that nobody waited for ends the next wait at once. */
export function newAlarm(): Alarm {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      rung = true;
      wake?.();
    },
    wait: (ms) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          wake = undefined;
          rung = false;
          resolve();
        };
        const timer = setTimeout(done, ms);
        wake = done;
        if (rung) done();
      }),
    pause: sleep,
  };
}
