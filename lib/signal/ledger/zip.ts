/**
 * zlib without a new engine and a new buffer a call. Node's synchronous functions make both: setting the engine up
 * costs as much as a request's bytes do, and a few dozen buffers later V8 collects the whole heap for them.
 *
 * This reaches beneath Node's public surface, so every engine is tried once, and where it is not what we know the
 * caller gets -1 and uses the public function, as for any input that the engine does not like.
 */
import {
  constants,
  createDeflateRaw,
  createGunzip,
  createInflateRaw,
  deflateRawSync,
  gzipSync,
  inflateRawSync,
} from 'node:zlib';

/** How many bytes of `out` were written; -1: not whole, not valid, or `out` is too small. */
export type Engine = (input: Uint8Array, out: Uint8Array) => number;

type Beneath = {
  _handle?: {
    reset?: () => void;
    writeSync?: (
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputLength: number,
      out: Uint8Array,
      outAt: number,
      outLength: number,
    ) => void;
    onerror?: unknown;
  };
  /** bytes that are left: of the output, of the input */
  _writeState?: Uint32Array;
};

const never: Engine = () => -1;
const text = Buffer.from('belay '.repeat(20));

type Trial = { input: Uint8Array; expect: (out: Buffer) => Buffer };

function engineOf(stream: unknown, trial: Trial): Engine {
  const { _handle: handle, _writeState: state } = stream as Beneath;
  if (!(state instanceof Uint32Array) || !handle?.writeSync || !handle.reset) return never;
  const { reset, writeSync } = handle;
  let failed = false;
  handle.onerror = () => {
    failed = true;
  };
  const engine: Engine = (from, out) => {
    failed = false;
    reset.call(handle);
    writeSync.call(handle, constants.Z_FINISH, from, 0, from.length, out, 0, out.length);
    // A full output may be an output that is too small.
    return failed || state[0] === 0 || state[1] !== 0 ? -1 : out.length - (state[0] as number);
  };
  return passes(engine, trial) ? engine : never;
}

function passes(engine: Engine, { input, expect }: Trial): boolean {
  const out = Buffer.alloc(256);
  // Twice: the second time it is not new any more.
  const once = () => expect(out.subarray(0, engine(input, out))).equals(text);
  try {
    return once() && once();
  } catch {
    return false;
  }
}

export const gunzipInto = engineOf(createGunzip(), { input: gzipSync(text), expect: (out) => out });
export const inflateRawInto = engineOf(createInflateRaw(), { input: deflateRawSync(text), expect: (out) => out });

export function deflateRawEngine(options: { level: number; windowBits: number; memLevel: number }): Engine {
  return engineOf(createDeflateRaw(options), { input: text, expect: (out) => inflateRawSync(out) });
}

const mostShared = 8 * 1024 * 1024;
let shared = Buffer.allocUnsafeSlow(256 * 1024);

/** A buffer of at least `size` bytes that the next caller gets, too. */
export function lendBuffer(size: number): Buffer {
  if (size > mostShared) return Buffer.allocUnsafeSlow(size);
  if (shared.length < size) shared = Buffer.allocUnsafeSlow(Math.min(mostShared, Math.max(size, shared.length * 2)));
  return shared;
}
