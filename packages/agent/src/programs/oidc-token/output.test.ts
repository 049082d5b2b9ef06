import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse } from '../../command-line/options.ts';
import { program } from './command-line.ts';
import { format, isVariableName } from './output.ts';

const token = { token: 'abc', issuer: 'https://iam.example/', expiresAt: 1700000000, info: undefined };
const output = (argv: string[], values = token) => {
  const outcome = parse(program, [...argv, 'wlcg']);
  if (typeof outcome === 'string') throw new Error('help was asked for');
  return format(values, outcome.options);
};

it.each([
  [[], 'abc\n'],
  [['-o'], 'abc\n'],
  [['-i'], 'https://iam.example/\n'],
  [['-e'], '1700000000\n'],
  [['-a'], 'abc\nhttps://iam.example/\n1700000000\n'],
  [['-a', '-c', '--bearer'], 'abc\nhttps://iam.example/\n1700000000\n'],
  [['--bearer'], 'Bearer abc\n'],
  [['--auth-header'], 'Authorization: Bearer abc'],
  [['--auth'], 'Authorization: Bearer abc'],
  [['-oAT'], 'AT=abc; export AT;\n'],
  // As in the C program, the letters after -o are the name of its variable.
  [['-oie'], 'ie=abc; export ie;\n'],
  [['-e', '-o'], 'OIDC_AT=abc; export OIDC_AT;\nOIDC_EXP=1700000000; export OIDC_EXP;\n'],
  [
    ['-c'],
    'OIDC_AT=abc; export OIDC_AT;\nOIDC_ISS=https://iam.example/; export OIDC_ISS;\nOIDC_EXP=1700000000; export OIDC_EXP;\n',
  ],
  [
    ['-c', '--issuer=ISS'],
    'OIDC_AT=abc; export OIDC_AT;\nISS=https://iam.example/; export ISS;\nOIDC_EXP=1700000000; export OIDC_EXP;\n',
  ],
])('%j prints %j', (argv, text) => {
  expect(output(argv)).toBe(text);
});

it('prints commands that give a shell any value as it is, and run nothing', () => {
  const visible = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
  });
  fc.assert(
    fc.property(fc.oneof(visible, fc.constantFrom('$(id)', "';id;'", '~', 'a:~', '`id`', '-n')), (value) => {
      const commands = output(['-oVALUE'], { ...token, token: value });
      expect(execFileSync('/bin/sh', ['-c', `${commands} printf %s "$VALUE"`], { encoding: 'utf8' })).toBe(
        value,
      );
    }),
    { numRuns: 50 },
  );
});

it('takes only names that a shell takes', () => {
  expect(['AT', '_x1', 'a'].every(isVariableName)).toBe(true);
  expect(['', '1a', 'a b', 'a;id', 'a=b', 'ä', 'a\n'].some(isVariableName)).toBe(false);
});
