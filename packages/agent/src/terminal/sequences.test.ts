import { expect, test } from 'vitest';
import { copySequence, hyperlink } from './sequences.ts';

const screen = { isTTY: true };
const address = 'https://iam.example/device?user_code=ABC123';

test('an address is a link to itself, and the user sees all of it', () => {
  expect(hyperlink(address, screen, { TERM: 'xterm' })).toBe(
    `\u001b]8;;${address}\u001b\\${address}\u001b]8;;\u001b\\`,
  );
});

test('an issuer cannot end the sequence, or begin another one', () => {
  const link = hyperlink(`${address}\u001b\\\u0007\u001b[2J`, screen, { TERM: 'xterm' });
  expect(link.split('\u001b')).toHaveLength(5);
  expect(link).not.toContain('\u0007');
});

test('a code for the clipboard is base64', () => {
  expect(copySequence('ABC123', screen, { TERM: 'xterm' })).toBe('\u001b]52;c;QUJDMTIz\u0007');
});

test.each([
  ['no terminal', {}, { TERM: 'xterm' }],
  ['NO_COLOR', screen, { TERM: 'xterm', NO_COLOR: '1' }],
  ['OIDC_AGENT_NOCOLOR', screen, { TERM: 'xterm', OIDC_AGENT_NOCOLOR: '1' }],
  ['a dumb terminal', screen, { TERM: 'dumb' }],
  ['the console of Linux', screen, { TERM: 'linux' }],
])('no sequences: %s', (_name, output, env) => {
  expect(hyperlink(address, output, env)).toBe(address);
  expect(copySequence('ABC123', output, env)).toBeUndefined();
});
