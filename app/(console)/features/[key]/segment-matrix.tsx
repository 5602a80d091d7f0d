/** Version × cohort, per environment: how much telemetry each segment sends now. */

import { Version } from '@/app/ui/page/badge';
import { StateNote } from '@/app/ui/page/panel';
import { Scroll } from '@/app/ui/page/scroll';
import { Ago } from '@/app/ui/text/clock.client';
import { Name } from '@/app/ui/text/name';
import { formatValue } from '@/lib/chart/format';
import type { SegmentView } from '@/lib/signal/model';
import { type Rates, rateKey } from './rates';

const most = 24;

export function SegmentMatrix({
  segments,
  versions,
  rates,
}: {
  segments: SegmentView[];
  versions: string[];
  rates: Rates;
}) {
  if (segments.length === 0)
    return <StateNote state="no_data">No telemetry names this feature. The guide says how to send it.</StateNote>;
  const environments = [...new Set(segments.map((s) => s.environment))].sort();
  return environments.map((environment) => (
    <Matrix
      key={environment}
      environment={environment}
      segments={segments.filter((s) => s.environment === environment)}
      versions={versions}
      rates={rates}
    />
  ));
}

function Matrix(props: { environment: string; segments: SegmentView[]; versions: string[]; rates: Rates }) {
  const cohorts = [...new Set(props.segments.map((s) => s.cohort))].sort();
  const shown = cohorts.slice(0, most);
  const names = [...new Set([...props.versions, ...props.segments.map((s) => s.version)])];
  return (
    <Scroll label={`Segments of ${props.environment}, scrolls sideways`}>
      <table>
        <thead>
          <tr>
            <th scope="col">
              <Name>{props.environment}</Name>
            </th>
            {shown.map((cohort) => (
              <th scope="col" className="number" key={cohort}>
                {cohort === '' ? 'no cohort' : <Name>{cohort}</Name>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((version, index) => (
            <tr key={version}>
              <th scope="row">
                <Version name={version} index={index} />
              </th>
              {shown.map((cohort) => (
                <td className="number" key={cohort}>
                  <Cell
                    segment={props.segments.find((s) => s.version === version && s.cohort === cohort)}
                    rate={props.rates.of.get(rateKey(props.environment, version, cohort)) ?? null}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {cohorts.length > most ? (
        <p className="small quiet" style={{ padding: '8px 12px' }}>
          {most} of {cohorts.length} cohorts.
        </p>
      ) : null}
    </Scroll>
  );
}

/** Never seen, silent now, zero and so many a second are four different things. */
function Cell({ segment, rate }: { segment: SegmentView | undefined; rate: number | null }) {
  if (!segment) return <span className="quiet">never seen</span>;
  if (segment.points10m === 0)
    return (
      <span className="quiet">
        silent for <Ago at={segment.lastAt} suffix="" />
      </span>
    );
  if (rate === null) return <span className="quiet">sends, no requests</span>;
  return <strong>{formatValue(rate, { kind: 'rate' })}</strong>;
}
