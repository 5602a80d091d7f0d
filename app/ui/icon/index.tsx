/** Small drawings on a 16 px grid. Always beside words, so always hidden from screen readers. */
const paths = {
  pass: 'M3.2 8.4l3 3 6.6-6.8',
  fail: 'M4 4l8 8M12 4l-8 8',
  inconclusive: 'M2.5 9.2c1.6-3 3.4-3 5.5-1s3.9 2 5.5-1',
  widen: 'M3 10.5l5-5 5 5',
  hold: 'M5.5 3.5v9M10.5 3.5v9',
  roll_back: 'M5.5 3L2.5 6l3 3M2.8 6h6.2a4 4 0 010 8H6',
  start: 'M5 3.2v9.6l8-4.8z',
  resume: 'M5 3.2v9.6l8-4.8z',
  complete: 'M3.2 8.4l3 3 6.6-6.8',
  kill: 'M8 2v5M4.6 4.3a5 5 0 106.8 0',
  stop: 'M5.4 2h5.2L14 5.4v5.2L10.6 14H5.4L2 10.6V5.4zM5.5 8h5',
  sun: 'M8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1M8 5.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6',
  moon: 'M13.5 9.7A6 6 0 016.3 2.5a6 6 0 107.2 7.2z',
  auto: 'M8 2a6 6 0 100 12zM8 2a6 6 0 110 12',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  link: 'M6.5 9.5l3-3M7 4.5l1.5-1.5a3 3 0 014.3 4.3L11.3 8.8M9 11.5l-1.5 1.5a3 3 0 01-4.3-4.3l1.5-1.5',
  table: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6',
  download: 'M8 2.5v7.5M4.8 7L8 10.2 11.2 7M3 13.5h10',
  alert: 'M8 2.2l6.2 11.3H1.8zM8 6.5v3.2M8 11.6v.4',
  clock: 'M8 2a6 6 0 100 12A6 6 0 008 2zM8 4.8V8l2.3 1.6',
  close: 'M4 4l8 8M12 4l-8 8',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  check: 'M3.2 8.4l3 3 6.6-6.8',
} as const;

export type IconName = keyof typeof paths | 'no_data';

export function Icon({ name, size = 14 }: { name: IconName; size?: number }) {
  const stroke = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.7, strokeLinecap: 'round' } as const;
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false" style={{ flex: 'none' }}>
      {name === 'no_data' ? (
        <circle cx="8" cy="8" r="5.6" {...stroke} strokeDasharray="2.2 2.2" />
      ) : (
        <path d={paths[name]} {...stroke} strokeLinejoin="round" />
      )}
    </svg>
  );
}
