// `npm run fuzz [seconds]`: feeds the compiled oidc-token inputs that clang's libFuzzer makes up (Debian: clang and
// libclang-rt-dev), and shows the first that breaks it. What a long run has learnt stays in node_modules/.cache/fuzz for the next one.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'node_modules', '.cache', 'fuzz');
const corpus = join(folder, 'corpus');
const [seconds = '60'] = process.argv.slice(2);

/**
 * Inputs to begin with (packages/native/fuzz/fuzz-host.c).
 *
 * @type {Record<string, [words: string[], config: string, answer: string]>}
 */
const seeds = {
  token: [
    ['-a', 'wlcg'],
    '',
    '{"status":"success","access_token":"a.b","issuer":"https://x/","expires_at":1700000000}',
  ],
  narrower: [
    ['-c', '-sa', 'wlcg'],
    '# one\n{"oidc-token":{"default-min-lifetime":60}}',
    '{"status":"success","info":"\\u00fc"}',
  ],
  failure: [['-f', 'https://x'], '{}', '{"status":"failure","error":"account not loaded"}'],
};

mkdirSync(corpus, { recursive: true });
for (const [name, [words, config, answer]] of Object.entries(seeds)) {
  writeFileSync(join(corpus, name), [words.join('\0'), config, answer].join('\0\0'));
}
run(process.execPath, [join(root, 'scripts', 'build-native.js'), '--fuzzer', folder]);
run(join(folder, 'fuzzer', 'oidc-token'), [
  `-max_total_time=${seconds}`,
  ...['-max_len=4096', '-timeout=10', `-artifact_prefix=${folder}/`],
  `-dict=${join(root, 'packages', 'native', 'fuzz', 'words.dict')}`,
  corpus,
]);

/**
 * @param {string} program
 * @param {string[]} args
 */
function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error !== undefined) console.error(`Error: ${error.message}`);
  if (status !== 0) process.exit(1);
}
