/**
 * The key that messages are signed with, as Standard Webhooks writes it: `whsec_` and 24 to 64 bytes in base64.
 * It cannot be printed by accident: whatever turns it into text (a log, JSON, a template, an inspector) gets asterisks.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { badInput } from '@/lib/errors';

const prefix = 'whsec_';
const shown = `${prefix}***`;

export class Secret {
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  static make(): Secret {
    return new Secret(randomBytes(32));
  }

  /** @throws BelayError bad_input, which does not repeat what was given */
  static parse(text: string): Secret {
    const given = text.startsWith(prefix) ? text.slice(prefix.length) : '';
    const bytes = Buffer.from(given, 'base64');
    if (bytes.length < 24 || bytes.length > 64 || bytes.toString('base64') !== given)
      throw badInput([{ field: 'secret', message: 'must be whsec_ and 24 to 64 bytes in base64' }]);
    return new Secret(bytes);
  }

  hmac(content: string): Buffer {
    return createHmac('sha256', this.#bytes).update(content).digest();
  }

  /** For the one answer that shows it, and the row that keeps it. */
  reveal(): string {
    return prefix + this.#bytes.toString('base64');
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}
