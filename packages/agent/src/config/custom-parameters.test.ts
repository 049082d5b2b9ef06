import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type CustomisedRequest, customParameters } from './custom-parameters.ts';

let root: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'custom ü '));
  env = {};
  for (const folder of ['user', 'system']) mkdirSync(join(root, folder));
  return () => rmSync(root, { recursive: true });
});

const write = (folder: 'user' | 'system', content: unknown) =>
  writeFileSync(
    join(root, folder, 'custom_parameters.config'),
    typeof content === 'string' ? content : JSON.stringify(content),
  );
const read = async (request: CustomisedRequest, issuer = 'https://a.example', account = 'mine') => {
  const places = { directory: join(root, 'user'), systemDirectory: join(root, 'system'), env };
  const { parameters, warnings } = await customParameters(request, { issuer, account }, places);
  const values = Object.entries(parameters).map(([name, value]) => [name, value.reveal()]);
  return { values: Object.fromEntries(values), warnings, shown: JSON.stringify({ parameters, warnings }) };
};
const entry = (members: object) => ({ parameter: 'p', value: 'v', request: ['refresh'], ...members });

test('without a file nothing is added', async () => {
  expect(await read('refresh')).toMatchObject({ values: {}, warnings: [] });
});

test('a parameter is for the requests that are named, of the issuers and the accounts that are named', async () => {
  write('user', [
    entry({ parameter: 'issuers', for_issuer: ['https://x.example', 'https://a.example/'] }),
    entry({ parameter: 'account', for_account: ['mine'], request: ['refresh', 'registration'] }),
    entry({ parameter: 'nobody' }),
  ]);
  expect((await read('refresh')).values).toEqual({ issuers: 'v', account: 'v' });
  expect((await read('refresh', 'https://b.example')).values).toEqual({ account: 'v' });
  expect((await read('refresh', 'https://a.example', 'other')).values).toEqual({ issuers: 'v' });
  expect((await read('registration')).values).toEqual({ account: 'v' });
  expect((await read('password')).values).toEqual({});
});

test('a value is a text, an environment variable or the first line of a file; what is not there is not sent', async () => {
  env.TENANT = 'from the environment';
  const file = join(root, 'value');
  writeFileSync(file, 'from a file\r\nmore\n');
  const values = { text: 'te$t', variable: '$TENANT', file, unset: '$NOTHING', gone: '/nowhere' };
  write(
    'user',
    Object.entries(values).map(([parameter, value]) => entry({ parameter, value, for_account: ['mine'] })),
  );
  const { values: read_, shown } = await read('refresh');
  expect(read_).toEqual({ text: 'te$t', variable: 'from the environment', file: 'from a file' });
  expect(shown).not.toContain('from');
});

test('the file may begin with a byte order mark', async () => {
  write('user', `\uFEFF${JSON.stringify([entry({ for_account: 'mine' })])}`);
  expect(await read('refresh')).toMatchObject({ values: { p: 'v' }, warnings: [] });
});

test("the user's file counts before the system's, and each name is sent once", async () => {
  const mine = { for_account: ['mine'] };
  write('user', [entry({ ...mine, value: 'user' }), entry({ ...mine, value: 'again' })]);
  write('system', [entry({ ...mine, value: 'system' }), entry({ ...mine, parameter: 'q' })]);
  expect((await read('refresh')).values).toEqual({ p: 'user', q: 'v' });
});

test('what cannot be understood is told with its place, never with its content; the rest counts', async () => {
  const good = entry({ for_account: 'mine', request: 'refresh' });
  write('user', [good, entry({ request: ['refesh'], value: 'hush' }), { value: 'hush' }]);
  write('system', '[\n  {"parameter": "p", "value": "hush"}}\n]');
  const { values, warnings, shown } = await read('refresh');
  expect(values).toEqual({ p: 'v' });
  expect(warnings.map(({ line, column, message }) => [line, column, message])).toEqual([
    [undefined, undefined, "entry 2 is not used: 'request.0' is missing or malformed"],
    [undefined, undefined, "entry 3 is not used: 'parameter' is missing or malformed"],
    [2, 38, 'could not parse json'],
  ]);
  expect(shown).not.toContain('hush');
});
