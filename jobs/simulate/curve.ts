/** How the looks to a decision are spread, as a small SVG. Pure. */
import type { Tally } from './tally';

const width = 360;
const height = 200;
const left = 40;
const bottom = 28;
const top = 24;

export function curveSvg(title: string, tally: Tally, looks: number): string {
  const plotWidth = width - left - 10;
  const plotHeight = height - top - bottom;
  const x = (look: number) => (left + (plotWidth * look) / looks).toFixed(1);
  const y = (share: number) => (top + plotHeight * (1 - share)).toFixed(1);
  let path = `M${x(0)} ${y(0)}`;
  tally.at.forEach((look, i) => {
    path += ` H${x(look)} V${y((i + 1) / tally.rollouts)}`;
  });
  path += ` H${x(looks)}`;
  const text = (at: string, body: string, anchor = 'start') =>
    `<text ${at} text-anchor="${anchor}" font-size="11" fill="currentColor">${body.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" role="img">`,
    text(`x="${left}" y="14"`, title),
    ...[0, 0.5, 1].map(
      (share) =>
        `<path d="M${left} ${y(share)} H${left + plotWidth}" stroke="currentColor" opacity="0.2"/>${text(`x="${left - 6}" y="${Number(y(share)) + 4}"`, `${100 * share} %`, 'end')}`,
    ),
    ...[0, looks / 2, looks].map((look) => text(`x="${x(look)}" y="${height - 10}"`, `${look}`, 'middle')),
    `<path d="${path}" fill="none" stroke="currentColor" stroke-width="1.5"/>`,
    '</svg>\n',
  ].join('\n');
}
