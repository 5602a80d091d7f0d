/** Two who change a drill at once: the later one is told who was faster, and with what. */
import type { Tx } from '@/lib/db';
import { conflict } from '@/lib/errors';
import { changesOf } from './changes';
import { type ChangeRow, type DrillRow, selectChanges, versionOf } from './store';

const mostTold = 5;

/** @throws BelayError conflict on `basedOn`, naming what happened since that version */
export async function refuseLost(tx: Tx, row: DrillRow, basedOn: number | undefined): Promise<void> {
  const version = versionOf(row);
  if (basedOn === undefined || basedOn === version) return;
  const newer = version - basedOn;
  const told = newer > 0 ? (await selectChanges(tx, row, newer)).slice(-mostTold).map(inWords) : [];
  const earlier = newer > mostTold ? [`${newer - mostTold} earlier changes`] : [];
  const what = newer > 0 ? [...earlier, ...told].join('; ') : `it never had a version ${basedOn}`;
  throw conflict(`The drill ${row.name} is at version ${version} meanwhile: ${what}. Look again`, [
    { field: 'basedOn', message: `is ${version} by now` },
  ]);
}

function inWords({ kind, actorName, data }: ChangeRow): string {
  if (kind === 'drill.paused') return `${actorName} paused it`;
  if (kind === 'drill.resumed') return `${actorName} resumed it`;
  const fields = changesOf(data.before, data.drill).map((change) => change.field);
  const shown = fields.slice(0, mostTold).join(', ');
  const rest = fields.length > mostTold ? ` and ${fields.length - mostTold} more` : '';
  return `${actorName} changed ${shown}${rest}`;
}
