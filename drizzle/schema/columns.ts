/** Column types that drizzle has no short name for, and a table that several are like. */
import { bigint, customType, integer, pgTable, timestamp } from 'drizzle-orm/pg-core';

export const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** How far somebody has followed the history: one row. */
export const cursorTable = (name: string) =>
  pgTable(name, { id: integer('id').primaryKey(), seq: bigint('seq', { mode: 'number' }).notNull() });
