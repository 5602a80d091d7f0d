import Link from 'next/link';
import { Panel } from '@/app/ui/page/panel';
import { CopyBlock } from '@/app/ui/text/copy.client';
import { Name } from '@/app/ui/text/name';
import type { SegmentView } from '@/lib/signal/model';
import styles from './overview.module.css';

/** How to send data, for whoever has none yet. */
export function Begin({ otlpPort, seen }: { otlpPort: number; seen: SegmentView[] }) {
  const features = [...new Set(seen.map((s) => s.feature))].slice(0, 6);
  return (
    <Panel title="Begin" id="begin" note={seen.length === 0 ? 'no telemetry has arrived yet' : undefined}>
      <div className={styles.begin}>
        <ol>
          <li>
            <strong>Send metrics</strong>
            <span className="quiet">
              Any OpenTelemetry SDK, over OTLP/HTTP. Put the feature and the version that served the request on the
              metric, as the semantic conventions name them.
            </span>
          </li>
          <li>
            <strong>
              <Link href="/features/new">Describe the feature</Link>
            </strong>
            <span className="quiet">Its versions, its known-good baseline, and who belongs to which cohort.</span>
          </li>
          <li>
            <strong>
              <Link href="/rollouts/new">Draft a rollout</Link>
            </strong>
            <span className="quiet">
              Stages, criteria and margins. Belay widens, holds or rolls back, and says why.
            </span>
          </li>
        </ol>
        <div className="stack tight">
          <CopyBlock
            label="Settings of the OpenTelemetry SDK"
            text={[
              `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://127.0.0.1:${otlpPort}/v1/metrics`,
              'OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf',
              'OTEL_METRIC_EXPORT_INTERVAL=2000',
              '',
              '# on each measurement',
              'feature_flag.key=new-checkout',
              'feature_flag.result.variant=treatment',
              'cohort=beta',
            ].join('\n')}
          />
          {features.length > 0 ? (
            <p className="quiet small">
              Telemetry names {features.length === 1 ? 'this feature' : 'these features'}:{' '}
              {features.map((feature) => (
                <span key={feature}>
                  <Name>{feature}</Name>{' '}
                </span>
              ))}
            </p>
          ) : null}
          <p className="small">
            <Link href="/guide">The guide</Link> has a whole example in Node, and the words that Belay uses.
          </p>
        </div>
      </div>
    </Panel>
  );
}
