/** Whatever a command line, a configuration or an answer are made of: all builds of oidc-token do the same. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedAgent, startScriptedAgent } from '../../client/test/scripted-agent.ts';
import { type Builds, buildNames, makeBuilds, missingBuilds } from './builds.ts';

/** Texts as they come from people, issuers and mistakes. */
const text = fc.oneof(
  fc.constantFrom(
    '',
    'wlcg',
    'a b',
    "'$(id)'",
    'https://iam.example/',
    'NAME',
    '-',
    '\u007f',
    '\u0085',
    '\ufeff',
  ),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }).filter((value) => !value.includes('\0')),
);

const option = fc.oneof(
  fc.constantFrom(
    '-f',
    '-a',
    '-c',
    '-e',
    '-i',
    '-o',
    '--bearer',
    '--auth-header',
    '--auth',
    '--token',
    '-fa',
    '-fe',
  ),
  fc.constantFrom(
    '--all',
    '--env',
    '--force-new',
    '--issuer',
    '--expires-at',
    '--fo',
    '--sc',
    '--',
    '-x',
    '--id-token',
  ),
  fc.constantFrom('-oAT', '-iei', '--token=T', '--issuer=', '-e1', '--expires-at=E x', '--aud=', '--name='),
  fc
    .tuple(fc.constantFrom('-s', '--scope=', '--aud=', '--name=', '-t', '--time='), text)
    .map((parts) => parts.join('')),
  fc.nat().map((seconds) => `-t${seconds}`),
  fc.bigInt({ min: 9007199254740980n, max: 9007199254740999n }).map((seconds) => `--time=${seconds}`),
);

const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('wlcg', 'https://iam.example/') },
  fc
    .tuple(
      fc.constantFrom(
        'http://localhost',
        'http://127.0.0.1',
        'http://127.00.1',
        'http://[::1]',
        'https:/',
        'http://x',
      ),
      fc.constantFrom('', ':', '/', 'x', ':80/', '.1'),
    )
    .map((parts) => parts.join('')),
  text,
);

/** Mostly a command line that is right. */
const argv = fc
  .tuple(
    fc.array(option, { maxLength: 4 }),
    fc.array(name, { minLength: 1, maxLength: 1 }),
    fc.array(option, { maxLength: 1 }),
  )
  .map((parts) => parts.flat());

const config = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  fc.constantFrom(
    '# nothing',
    '{',
    '[]',
    '{"oidc-token": null}',
    '{"oidc-token": []}',
    ' # a\n{"oidc-token":{}}\n#b',
  ),
  fc
    .tuple(
      fc.constantFrom('default-min-lifetime', 'default_min_lifetime', 'other'),
      fc.constantFrom(60, '60', -1, 1.5, 1e3, null, '', 'soon', true, {}, 2 ** 53),
    )
    .map(([member, value]) => JSON.stringify({ 'oidc-gen': [{}], 'oidc-token': { [member]: value } })),
);

const errors = fc.constantFrom(
  'account not loaded',
  'No account configured with that short name',
  'Agent locked',
  'invalid_grant',
  'invalid_grants',
  'invalid_token: x',
  "'/a' is in use by process 7",
  "'/a\nb' is in use by process 7",
  'Received Http Status Code 503',
  'Received Http Status Code 5',
  'temporarily_unavailable_',
  'wait and try again later (7s)',
);

const seconds = fc.oneof(
  fc.nat(),
  fc.constantFrom(
    '1700000000',
    '',
    '0x10',
    ' 1',
    '-1',
    -1,
    -0,
    1.5,
    1e21,
    true,
    null,
    '9007199254740992',
    2 ** 53,
  ),
  fc.double(),
);

/** The members of an answer, each there or not, with the right type or another. */
const answerMembers = fc.record(
  {
    status: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('success', 'failure') },
      fc.jsonValue({ maxDepth: 1 }),
    ),
    access_token: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('abc.def', 'a'.repeat(70_000)) },
      text,
      fc.jsonValue({ maxDepth: 1 }),
    ),
    issuer: fc.oneof(
      { weight: 2, arbitrary: fc.constant('https://iam.example/') },
      text,
      fc.constantFrom(null, 1),
    ),
    expires_at: seconds,
    info: fc.oneof(text, fc.constantFrom(' ', '\n', 'one\n\ttwo  \u2028', 1)),
    error: fc.oneof({ weight: 3, arbitrary: errors }, text, fc.constantFrom(null, {})),
    other: fc.jsonValue(),
  },
  { requiredKeys: ['status'] },
);

/** As an agent may write it: numbers in all forms, escapes, control characters as they are, the same member twice. */
const answerText = fc
  .tuple(
    answerMembers,
    fc.constantFrom<(json: string) => string>(
      (json) => json,
      (json) => json,
      (json) => json.replaceAll('/', '\\/').replaceAll('a', '\\u0061'),
      (json) => json.replaceAll('\\n', '\n').replaceAll('\\t', '\t'),
      (json) => json.replaceAll(':', ' :\r\n\t'),
      (json) => json.replace('{', '{"info":"\\ud83d\\ude00\\ud83dx\\ude00",'),
      (json) => json.replace('}', ',"expires_at":1.7e9}'),
      (json) => json.replace('}', ',"expires_at":01}'),
      (json) => json.replaceAll('\\\\', '\\\u0001'),
      (json) => ` ${json}\n`,
      (json) => json + json,
    ),
  )
  .map(([members, write]) => write(JSON.stringify(members)));

/** What may happen to bytes on their way: cut off, changed, put in between. */
const answer = fc
  .tuple(
    fc.oneof(
      { weight: 8, arbitrary: answerText },
      fc.json(),
      text,
      fc.constantFrom('', ' ', '\ufeff\u00a0', '[[', 'null'),
    ),
    fc.option(fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 4 })), {
      freq: 3,
      nil: undefined,
    }),
  )
  .map(([json, damage]) => {
    const bytes = Buffer.from(json);
    if (damage === undefined) return bytes;
    const [place, length, inserted] = damage;
    const at = place % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + length)]);
  });

describe.skip.each(missingBuilds)('%s (npm run build:native)', () => it('is not there'));

describe.skipIf(buildNames.length === 1)('every build', () => {
  let builds: Builds;
  let configFile: string;
  let current: Buffer;
  const agents = new Map<string, ScriptedAgent>();
  beforeAll(async () => {
    builds = await makeBuilds();
    const home = join(builds.folder, 'home');
    await mkdir(home);
    configFile = join(home, 'config');
    for (const build of buildNames) {
      agents.set(build, await startScriptedAgent((connection) => connection.end(current)));
    }
  });
  afterAll(async () => {
    for (const agent of agents.values()) await agent.close();
    await builds.remove();
  });

  const run = async (build: string, args: readonly string[]) => {
    const { socketPath, requests } = agents.get(build) ?? {};
    const before = requests?.length;
    const [program, ...first] = builds.command(build);
    const env = {
      PATH: dirname(process.execPath),
      OIDC_SOCK: socketPath,
      OIDC_CONFIG_DIR: dirname(configFile),
    };
    return await new Promise((resolve) => {
      const child = execFile(
        program,
        [...first, ...args],
        { env, encoding: 'latin1' },
        (error, stdout, stderr) =>
          resolve({ code: error?.code ?? 0, stdout, stderr, requests: requests?.slice(before) }),
      );
      child.stdin?.end();
    });
  };

  it('prints, ends and asks as the others do', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(argv, config, answer, async (args, settings, bytes) => {
        current = bytes;
        await (settings === '' ? rm(configFile, { force: true }) : writeFile(configFile, settings));
        const [node, ...others] = await Promise.all(buildNames.map((build) => run(build, args)));
        for (const other of others) expect(other).toEqual(node);
      }),
      { numRuns: 100 },
    );
  });
});
