/** What only paper needs: a head on every page, and at the end everything that a click would show. */

import { postmortemStateWords, sealWords } from '@/app/ui/postmortem/words';
import { visible } from '@/app/ui/text/name';
import { formatTime, zoneOffset } from '@/lib/chart/time';
import { figureValue } from '@/lib/postmortem/draft/draft';
import type { Report } from '@/lib/postmortem/hand-out/report';
import { refs } from '@/lib/postmortem/hand-out/report';

export function PrintHead({ report: { head, seal } }: { report: Report }) {
  return (
    <div className="print-head" aria-hidden="true">
      <span>
        <bdi>{visible(head.title)}</bdi>
      </span>
      <span>
        {postmortemStateWords[head.state].label} · {sealWords[seal.state].label}
      </span>
    </div>
  );
}

export function PrintAppendix({ report, zone }: { report: Report; zone: string }) {
  const when = (at: string) => `${formatTime(Date.parse(at), zone)} ${zoneOffset(Date.parse(at), zone)}`;
  const { figures, sources, versions, evidence, seal } = report;
  return (
    <div className="print-only print-appendix" aria-hidden="true">
      <h3>Seal</h3>
      <p>
        {sealWords[seal.state].label}: <bdi>{visible(seal.detail)}</bdi>. Evidence {evidence.number}, SHA-256{' '}
        <code>{evidence.hash}</code>
      </p>
      <h3>Figures, and how each is computed</h3>
      <table>
        <tbody>
          {figures.map((figure, i) => (
            <tr key={figure.id}>
              <td>{refs([{ kind: 'figure', id: figure.id }], report)}</td>
              <td>
                <bdi>
                  {visible(figure.label)}
                  {typeof figure.inputs.cohort === 'string' ? `, ${visible(figure.inputs.cohort)}` : ''}
                </bdi>
              </td>
              <td>
                {figureValue(figure)}
                {figure.why === '' ? '' : ` (${visible(figure.why)})`}
              </td>
              <td>{figures[i - 1]?.method === figure.method ? 'as above' : visible(figure.method)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3>Where it is from</h3>
      <table>
        <tbody>
          {sources
            .filter(({ source }) => source.kind !== 'figure')
            .map(({ ref, title, at, hash }) => (
              <tr key={ref}>
                <td>{ref}</td>
                <td>
                  <bdi>{visible(title)}</bdi>
                  {hash ? <code>{hash}</code> : null}
                </td>
                <td>{at ? when(at) : ''}</td>
              </tr>
            ))}
        </tbody>
      </table>
      <h3>Versions</h3>
      <table>
        <tbody>
          {versions.map((version) => (
            <tr key={version.number}>
              <td>{version.number}</td>
              <td>
                {postmortemStateWords[version.state].label}, <bdi>{visible(version.by)}</bdi>
                {version.note ? (
                  <>
                    : <bdi>{visible(version.note)}</bdi>
                  </>
                ) : null}
                <code>{version.hash}</code>
              </td>
              <td>{when(version.at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
