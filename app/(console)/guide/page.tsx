import Link from 'next/link';
import { Panel } from '@/app/ui/page/panel';
import { Scroll } from '@/app/ui/page/scroll';
import { CopyBlock } from '@/app/ui/text/copy.client';
import { pageContext, wiredConfig } from '@/lib/wiring';
import { Drills } from './drills';
import { curlExamples, nodeExample, ofrepExample, otherLanguages } from './examples';
import styles from './guide.module.css';
import { Postmortems } from './postmortems';
import { Proof } from './proof';
import { RollingBack } from './rolling-back';
import { Stakeholders } from './stakeholders';
import { words } from './vocabulary';

export const metadata = { title: 'Guide' };

export default async function Guide() {
  await pageContext();
  const { OTLP_PORT, PORT } = wiredConfig();
  const otlp = `http://127.0.0.1:${OTLP_PORT}`;
  const console = `http://127.0.0.1:${PORT}`;
  return (
    <div className={styles.guide}>
      <div>
        <h1>Guide</h1>
        <p className="quiet">What Belay’s words mean, and how to connect a service of your own.</p>
        <nav className={styles.contents} aria-label="On this page">
          {[
            ['#words', 'Words'],
            ['#node', 'Send telemetry from Node'],
            ['#other', 'From any other language'],
            ['#ofrep', 'Evaluate flags'],
            ['#rest', 'REST'],
            ['#reading', 'Reading a verdict'],
            ['#rollback', 'Rolling back'],
            ['#drills', 'Drills'],
            ['#postmortems', 'Post-mortems'],
            ['#stakeholders', 'Telling stakeholders'],
            ['#proof', 'How far to trust it'],
          ].map(([href, label]) => (
            <a key={href} href={href}>
              {label}
            </a>
          ))}
        </nav>
      </div>
      <Panel title="Words" id="words" flush>
        <Scroll label="Words, scrolls sideways">
          <table>
            <tbody>
              {words.map(([word, meaning]) => (
                <tr key={word}>
                  <th scope="row" className={styles.word}>
                    {word}
                  </th>
                  <td>{meaning}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </Panel>
      <Panel title="Send telemetry from Node" id="node">
        <div className="stack">
          <p>
            Use the OpenTelemetry SDK that you have. Put three attributes on each measurement: the feature, the version
            that served the request, and the cohort of the user. On this machine no key is needed; elsewhere make one
            with the role <em>ingest</em> under <Link href="/settings#keys">Settings</Link>.
          </p>
          <CopyBlock label="Telemetry from Node" text={nodeExample(otlp)} />
        </div>
      </Panel>
      <Panel title="From any other language" id="other">
        <div className="stack">
          <p>
            Any SDK that speaks OTLP over HTTP, protobuf or JSON, plain or gzip. Delta and cumulative both work. Metrics
            that carry no feature are kept off the verdicts.
          </p>
          <CopyBlock label="Settings for any SDK" text={otherLanguages(otlp)} />
        </div>
      </Panel>
      <Panel title="Evaluate flags with OpenFeature" id="ofrep">
        <div className="stack">
          <p>
            Belay answers the OpenFeature Remote Evaluation Protocol. A rollback changes what it answers; that is how it
            takes effect. The same user gets the same version for as long as the exposure stays.
          </p>
          <CopyBlock label="OFREP from Node" text={ofrepExample(console)} />
        </div>
      </Panel>
      <Panel title="REST" id="rest">
        <div className="stack">
          <p>
            All that these pages do, they do over the same REST as you: <a href="/api/v1/openapi.json">OpenAPI 3.1</a>.
            Errors are problem+json and name the field. Verbs may carry an Idempotency-Key.
          </p>
          <CopyBlock label="REST with curl" text={curlExamples(console)} />
        </div>
      </Panel>
      <Panel title="Reading a verdict" id="reading">
        <ul className={styles.list}>
          <li>
            <strong>Pass</strong> The whole interval lies within the limit. <strong>Fail</strong> The whole interval
            lies beyond it.
          </li>
          <li>
            <strong>Not clear</strong> It still reaches over the limit. That is neither good nor bad news; more data
            decides.
          </li>
          <li>
            <strong>No data</strong> Silence is never green. It does not roll back by itself either.
          </li>
          <li>
            <strong>Where the excess is</strong> names the attribute values that carry more of a failure than of the
            traffic, such as a payment method or a route. A value that only the candidate has is flagged: new here is
            not yet caused here. Put what tells requests apart on your metrics, and Belay can look there.
          </li>
          <li>
            <strong>Bands in charts</strong> show where the candidate lies, given the baseline, with the confidence of
            the whole rollout. The dashed red line is the limit.
          </li>
          <li>
            <strong>Hatched edges</strong> of a chart are buckets that still fill. A gap in a line is missing data,
            never zero.
          </li>
        </ul>
      </Panel>
      <RollingBack />
      <Drills />
      <Postmortems />
      <Stakeholders />
      <Panel title="How far to trust it" id="proof">
        <Proof />
      </Panel>
    </div>
  );
}
