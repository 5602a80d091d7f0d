/** What every verb is given. All required: a seam that can be forgotten is not one. */
import type { Actor } from './access/model';
import type { Db } from './db';
import type { Enqueue } from './queue/contract';

export type Context = {
  db: Db;
  now: () => Date;
  enqueue: Enqueue;
  actor: Actor;
};
