/** One line of the public surface: what routes are built from, and what the OpenAPI document says. */
import { z } from 'zod';
import type { Permission } from '@/lib/access/model';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export type Operation = {
  method: Method;
  /** under /api/v1 */
  path: `/${string}`;
  summary: string;
  /** null: anybody */
  permission: Permission | null;
  query?: z.ZodType;
  /** parsed at the door; `anything` where the face parses, so that its messages name the fields */
  input?: z.ZodType;
  /** what the face accepts, for the document, where `input` is `anything` */
  accepts?: z.ZodType;
  answers?: z.ZodType;
  status?: 200 | 201 | 204;
  idempotent?: boolean;
  /** false: asks with a body, and changes nothing */
  changes?: false;
  /** changes only what is the caller's own, so looking is enough */
  own?: true;
  /** another content type than application/json */
  produces?: string;
  /** what is answered as application/yaml to whoever asks for that */
  exports?: z.ZodType;
  /** one that works as it stands, for the document; tests hold it against `accepts` */
  example?: unknown;
};

/** An object, whatever is in it. Text is kept out: a face may take text for a document to parse. */
export const anything = z.record(z.string(), z.unknown(), { error: 'must be an object' });
export const reason = z.string().trim().min(1, 'say why').max(500);
