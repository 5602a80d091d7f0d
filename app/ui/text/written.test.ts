import fc from 'fast-check';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Written } from './written';

const drawn = (text: string): string => renderToStaticMarkup(createElement(Written, { text }));

test('what reads is drawn', () => {
  const html = drawn(
    '# Why\n\n**Bold** [the board](https://b.example/?a=1&b=2)\n\n| a | b |\n|-|-|\n| 1 | 2 |\n\n- [x] done',
  );
  expect(html).toContain('<h3>Why</h3>');
  expect(html).toContain('<strong>Bold</strong>');
  expect(html).toContain(
    '<a href="https://b.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow ugc">the board</a>',
  );
  expect(html).toContain('<td>2</td>');
  expect(html).toMatch(/<input type="checkbox"[^>]* disabled=""/);
});

const parts = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<iframe srcdoc="<script>alert(1)</script>">',
  '<a href="javascript:alert(1)">x</a>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](java\tscript:alert(1))',
  '[x](&#106;avascript:alert(1))',
  '[x](vbscript:x)',
  '[x](data:text/html;base64,PHNjcmlwdD4=)',
  '[x](//evil.example)',
  '[x](/sign-out)',
  '[x][y]\n\n[y]: javascript:alert(1)',
  '<javascript:alert(1)>',
  '![x](https://evil.example/pixel.png)',
  '![x](data:image/svg+xml,<svg/>)',
  '<style>*{display:none}</style>',
  '<form action=/api><button>',
  '<meta http-equiv=refresh content=0>',
  '<!--',
  ']]>',
  '`</code><script>`',
  '```html\n<script>\n```',
  '\u202e[x](https://ok.example)',
  '<div style="position:fixed">',
  '<base href=//evil.example>',
  '&lt;script&gt;',
  '[x](https://ok.example "onmouseover=alert(1)")',
  '[x](https://ok.example/"onclick="alert(1))',
];

test('nothing that loads, runs or leads elsewhere is drawn, whatever is written', () => {
  const some = fc.array(fc.oneof(fc.constantFrom(...parts), fc.string({ maxLength: 12, unit: 'grapheme' })), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(some, fc.constantFrom('', ' ', '\n', '\n\n'), (pieces, between) => {
      const html = drawn(pieces.join(between));
      const tags = [...html.matchAll(/<\/?([a-z][a-z0-9]*)((?:"[^"]*"|[^">])*)>/gi)];
      for (const [, name = '', attributes = ''] of tags) {
        expect(
          'a blockquote br code dd del div dl dt em h3 h4 h5 h6 hr input li ol p pre section span strong sub sup table tbody td th thead tr ul'.split(
            ' ',
          ),
        ).toContain(name);
        for (const [, attribute = '', value = ''] of attributes.matchAll(/([\w-]+)="([^"]*)"/g)) {
          expect('href target rel class dir type disabled checked start align'.split(' ')).toContain(attribute);
          if (attribute === 'href') expect(value).toMatch(/^(?:https?:\/\/|mailto:)/i);
        }
      }
      // Every other angle bracket is a letter.
      expect(html.replace(/<\/?[a-z][a-z0-9]*(?:"[^"]*"|[^">])*>/gi, '')).not.toMatch(/[<>]/);
    }),
    { numRuns: 400 },
  );
});

test.each([
  ['nested stars', `${'*a **b '.repeat(3_000)}${'c** d*'.repeat(3_000)}`],
  ['quotes', '> '.repeat(25_000)],
  ['lists', Array.from({ length: 200 }, (_, i) => `${'  '.repeat(i)}- x`).join('\n')],
])('a heap of %s is drawn', (_what, text) => {
  expect(drawn(text)).toContain('</div>');
});
