import fc from 'fast-check';
import { expect, it } from 'vitest';
import { oneLine, plainText } from './plain-text.ts';

it.each([
  ['Enter the password of wlcg', 'Enter the password of wlcg'],
  ['two\nlines', 'two\nlines'],
  ['<h3>Unlock</h3><p>Account <b>wlcg</b></p>', 'Unlock\nAccount wlcg'],
  ['one<br>two<br/>three', 'one\ntwo\nthree'],
  ['It may:<ul>\n  <li>read</li>\n  <li>write</li>\n</ul>', 'It may:\n\n- read\n\n- write'],
  ['R&amp;D &lt;b&gt; &quot;x&quot; &#39;y&#39; &#x263a; &copy;', 'R&D <b> "x" \'y\' ☺ &copy;'],
  ['&amp;lt;', '&lt;'],
  ['a < b and b > c', 'a < b and b > c'],
  ['<script>alert("<b>")</script>seen<style>p {}</style><!-- <p> -->', 'seen'],
  ['<script>never closed', ''],
  ['<a href="https://iam.example/">here</a>', 'here'],
])('%j says %j', (html, text) => {
  expect(plainText(html)).toBe(text);
});

it('has nothing that drives a terminal or turns the direction of writing', () => {
  expect(plainText('\u001b]0;owned\u0007 &#27;[2J \u202egpj.exe')).toBe('?]0;owned? ?[2J ?gpj.exe');
  expect(oneLine('title\nof two lines\u0000')).toBe('title of two lines?');
});

it('takes any text, in time that grows with its length', () => {
  const pieces = fc.constantFrom(
    '<',
    '>',
    '&',
    ';',
    '#',
    '<b',
    '</',
    '<!--',
    '-->',
    '<script',
    'x',
    ' ',
    '\n',
    '&amp;',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 2000 }), (parts) => {
      expect(plainText(parts.join(''))).not.toMatch(/[^\P{Cc}\n]/u);
    }),
    { numRuns: 50 },
  );
  expect(plainText('<script'.repeat(20_000)).length).toBeLessThan(200_000);
});
