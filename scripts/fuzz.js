// `npm run fuzz [seconds] [oidc-token|sleeper|clients]`: feeds the compiled oidc-token, the answers of a sleeping agent, and its
// conversations with clients, inputs that clang's libFuzzer makes up (Debian: clang and libclang-rt-dev), and shows the first that breaks
// one of them. What a long run has
// learnt stays in node_modules/.cache/fuzz for the next one.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharedValues } from './native-constants.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'node_modules', '.cache', 'fuzz');
const { Frame, Question } = await sharedValues();
const [seconds = '60', only] = process.argv.slice(2);

/**
 * Inputs of oidc-token to begin with (packages/native/fuzz/fuzz-token.c).
 *
 * @type {[words: string[], config: string, answer: string][]}
 */
const calls = [
  [
    ['-a', 'wlcg'],
    '',
    '{"status":"success","access_token":"a.b","issuer":"https://x/","expires_at":1700000000}',
  ],
  [
    ['-c', '-sa', 'wlcg'],
    '# one\n{"oidc-token":{"default-min-lifetime":60}}',
    '{"status":"success","info":"\\u00fc"}',
  ],
  [['-f', 'https://x'], '{}', '{"status":"failure","error":"account not loaded"}'],
];

/** Requests to a sleeping agent to begin with. */
const requests = [
  { request: 'check' },
  { request: 'check', pid: 1 },
  { request: 'loaded_accounts' },
  { request: 'status_json' },
  { request: 'access_token', account: 'wlcg', min_valid_period: 60, application_hint: 'x', has_terminal: 1 },
  { request: 'access_token', issuer: 'https://issuer', min_valid_period: '60' },
  { request: 'access_token', account: 'wlcg', scope: 'b a', audience: 'y x', issuer: null },
];

/** Inputs for packages/native/fuzz/fuzz-sleeper.c without frames: a request at each of the doors. */
const asked = (/** @type {object} */ request) =>
  [0, 1].map((door) =>
    Buffer.concat([Buffer.from([door, 100, 10, 0]), Buffer.from(JSON.stringify(request))]),
  );

/** ... and two with a frame, which is half of what follows the header: a token that is ready, and an answer that does not change. */
const words = ['wlcg', 'https://issuer', 'c\n'].map((word) => [number(word.length), Buffer.from(word)]);
const times = [500, 500, 10, 0].map((seconds) => Buffer.from(Float64Array.of(seconds).buffer));
const framed = [
  frame(Frame.entry, [number(1), number(3), ...times, ...words.flat(), Buffer.from('{"token":"x"}')]),
  frame(Frame.fixed, [
    number(Question.loaded_accounts),
    number(3),
    number(1),
    ...times.slice(0, 2),
    Buffer.from('{"accounts":[]}'),
  ]),
].map((given) => {
  const request = Buffer.alloc(given.length, ' ');
  request.write('{"request":"access_token","account":"wlcg","scope":"c"}');
  return Buffer.concat([Buffer.from([0, 255, 10, 8]), given, request]);
});

/** Inputs for packages/native/fuzz/fuzz-clients.c: each request as it is, as a message, encrypted, changed then, and with a password. */
const spoken = (/** @type {object} */ request) =>
  [0, 1, 2, 3, 4].map((form) =>
    Buffer.concat([
      Buffer.from([0, form, 100, 150, 10, form, 0, 7, 1]),
      Buffer.from(JSON.stringify(request)),
    ]),
  );

/** @param {number} value */
function number(value) {
  return Buffer.from(Uint32Array.of(value).buffer);
}

/**
 * @param {number} kind
 * @param {Buffer[]} parts
 */
function frame(kind, parts) {
  const content = Buffer.concat(parts);
  return Buffer.concat([number(content.length), Buffer.from([kind]), content]);
}

/** @type {Record<string, { program: string, dictionary: string, seeds: Buffer[] }>} */
const fuzzers = {
  'oidc-token': {
    program: 'oidc-token',
    dictionary: 'oidc-token',
    seeds: calls.map(([words, config, answer]) =>
      Buffer.from([words.join('\0'), config, answer].join('\0\0')),
    ),
  },
  sleeper: {
    program: 'sleeper-answers',
    dictionary: 'sleeper',
    seeds: [...requests.flatMap(asked), ...framed],
  },
  clients: { program: 'sleeper-clients', dictionary: 'sleeper', seeds: requests.flatMap(spoken) },
};
if (only !== undefined && !(only in fuzzers)) {
  console.error(`Error: there is no fuzzer ${only}, only ${Object.keys(fuzzers).join(' and ')}`);
  process.exit(64);
}

run(process.execPath, [join(root, 'scripts', 'build-native.js'), '--fuzzer', folder]);
for (const [name, { program, dictionary, seeds }] of Object.entries(fuzzers)) {
  if (only !== undefined && name !== only) continue;
  const corpus = join(folder, 'corpus', name);
  mkdirSync(corpus, { recursive: true });
  for (const [index, seed] of seeds.entries()) writeFileSync(join(corpus, `seed-${index}`), seed);
  run(join(folder, 'fuzzer', program), [
    `-max_total_time=${seconds}`,
    ...['-max_len=4096', '-timeout=10', `-artifact_prefix=${folder}/${name}-`],
    `-dict=${join(root, 'packages', 'native', 'fuzz', `${dictionary}.dict`)}`,
    corpus,
  ]);
}

/**
 * @param {string} program
 * @param {string[]} args
 */
function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error !== undefined) console.error(`Error: ${error.message}`);
  if (status !== 0) process.exit(1);
}
