/** What a verb would change, from the same code that changes it. */

import { visible } from '@/app/ui/text/name';
import { gateWords, stateWords } from '@/app/ui/text/words';
import { formatNumber } from '@/lib/chart/format';
import type { Preview } from '@/lib/rollout/model';

const percent = (share: number) => `${formatNumber(share)}\u202f%`;

/** One line, for under a button. */
export function effectLine(preview: Preview): string {
  if (!preview.possible) return preview.refusal ?? 'Not possible now';
  const changed = preview.exposure.filter((e) => e.before !== e.after);
  const parts = changed
    .slice(0, 2)
    .map((e) => `${e.cohort === '*' ? 'everybody' : visible(e.cohort)} ${percent(e.before)} → ${percent(e.after)}`);
  if (changed.length > 2) parts.push(`${changed.length - 2} more`);
  if (preview.baseline.before !== preview.baseline.after)
    parts.unshift(`baseline becomes ${visible(preview.baseline.after)}`);
  return parts.length > 0 ? parts.join(', ') : 'exposure stays as it is';
}

export function EffectList({ preview }: { preview: Preview }) {
  if (!preview.possible) return <p className="form-error">{preview.refusal ?? 'Not possible now.'}</p>;
  return (
    <table>
      <tbody>
        {preview.state.before === preview.state.after ? null : (
          <Change
            what="State"
            before={stateWords[preview.state.before].label}
            after={stateWords[preview.state.after].label}
          />
        )}
        {preview.stage.before === preview.stage.after ? null : (
          <Change
            what="Stage"
            before={preview.stage.before < 0 ? 'none' : String(preview.stage.before + 1)}
            after={`${preview.stage.after + 1}${preview.stage.name ? ` · ${visible(preview.stage.name)}` : ''}`}
          />
        )}
        {preview.exposure.map((e) => (
          <Change
            key={e.cohort}
            what={e.cohort === '*' ? 'Everybody' : `Cohort ${visible(e.cohort)}`}
            before={percent(e.before)}
            after={preview.cohorts.includes(e.cohort) ? 'none, in later stages too' : percent(e.after)}
          />
        ))}
        {preview.baseline.before === preview.baseline.after ? null : (
          <Change what="Baseline" before={visible(preview.baseline.before)} after={visible(preview.baseline.after)} />
        )}
        {preview.unmet.length > 0 ? (
          <tr>
            <th scope="row">Not met</th>
            <td colSpan={2}>{preview.unmet.map((reason) => gateWords[reason].unmet).join('; ')}</td>
          </tr>
        ) : null}
      </tbody>
    </table>
  );
}

function Change({ what, before, after }: { what: string; before: string; after: string }) {
  return (
    <tr>
      <th scope="row">{what}</th>
      <td className="quiet number">{before}</td>
      <td>
        → <strong>{before === after ? 'stays' : after}</strong>
      </td>
    </tr>
  );
}
