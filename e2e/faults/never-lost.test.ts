/**
 * A property: whatever happens to two agents, to the file of their account and to the disk, the newest refresh token is on disk, or
 * each program that gets a token gets a warning that it is not; and no refresh token is spent twice.
 *
 * `npm run never-lost` tries for JETON_MINUTES; JETON_SEED chooses the scripts.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import type { FileForm } from './never-lost/account-file.ts';
import { openingNames } from './never-lost/openings.ts';
import { World } from './never-lost/world.ts';

/** CI tries the same scripts each time; `npm run never-lost` tries others each time. */
const { JETON_MINUTES: minutes, JETON_SEED: seed } = process.env;
const choice =
  minutes === undefined
    ? { numRuns: 5, seed: 1 }
    : {
        numRuns: 1_000_000,
        interruptAfterTimeLimit: Number(minutes) * 60_000,
        ...(seed !== undefined && { seed: Number(seed) }),
      };

const hasGpg = spawnSync('gpg', ['--version']).status === 0;
let gnupgHome: string;
beforeAll(() => {
  if (!hasGpg) return;
  gnupgHome = mkdtempSync('/tmp/jeton-gnupg-');
  vi.stubEnv('GNUPGHOME', gnupgHome);
  const type = 'Key-Type: EDDSA\nKey-Curve: ed25519\nSubkey-Type: ECDH\nSubkey-Curve: cv25519';
  const input = `%no-protection\n${type}\nName-Email: me@example\nExpire-Date: 0\n%commit\n`;
  execFileSync('gpg', ['--batch', '--quiet', '--generate-key'], {
    input,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
});
afterAll(() => {
  if (!hasGpg) return;
  spawnSync('gpgconf', ['--kill', 'all']);
  vi.unstubAllEnvs();
  rmSync(gnupgHome, { recursive: true });
});

/** What an agent does, or what is done to it; the first of the two does more. */
const byAgent = (step: string) => [`${step} at 0`, `${step} at 0`, `${step} at 1`];
const steps = [
  ...[...openingNames.map((name) => `load with ${name}`), 'rotate', 'rotate', 'rotate', 'rotate'],
  ...['lock', 'unlock', 'kill', 'restart', 'unload', 'reauthenticate'],
]
  .flatMap(byAgent)
  .concat(['rename', 'delete', 'back up', 'restore', 'exchange the folder', 'bring the folder back'])
  .concat(['fill the disk', 'make room', 'fill the disk', 'make room']);

/** Scripts that chance alone would seldom find. */
const stories = [
  ['back up', 'rotate at 0', 'restore', 'rotate at 0'],
  ['back up', 'rotate at 0', 'restore', 'restart at 0'],
  ['rename', 'rotate at 0'],
  ['delete', 'rotate at 0'],
  ['exchange the folder', 'rotate at 0'],
  ['fill the disk', 'rotate at 0', 'kill at 0'],
  ['fill the disk', 'rotate at 0', 'make room', 'restart at 0'],
  ['load with key at 1', 'rotate at 1', 'rotate at 0'],
  ['reauthenticate at 0', 'rotate at 1', 'rotate at 0'],
  ...openingNames.map((name) => [`load with ${name} at 0`, 'rotate at 0']),
];

const scripts = fc
  .array(fc.oneof(fc.constantFrom(...stories), fc.constantFrom(...steps.map((step) => [step]))), {
    minLength: 4,
    maxLength: 10,
  })
  .map((parts) => parts.flat());
const forms = fc.constantFrom<FileForm>(
  'a password',
  'a password',
  'nothing',
  hasGpg ? { gpgKey: 'me@example' } : 'nothing',
);

describe('an account at an issuer that replaces each refresh token, and ends the login when one comes twice', () => {
  it('keeps its login through everything', async (context) => {
    let scriptsTried = 0;
    let stepsDone = 0;
    await fc.assert(
      fc.asyncProperty(forms, scripts, async (form, script) => {
        const world = new World(form, hasGpg ? { GNUPGHOME: gnupgHome } : {});
        try {
          await world.begin();
          for (const agent of [0, 1]) await world.do(`load with key at ${agent}`);
          for (const step of script) await world.do(step);
          await world.finish();
          scriptsTried += 1;
          stepsDone += script.length;
        } finally {
          await world.close();
        }
      }),
      choice,
    );
    await context.annotate(`${scriptsTried} scripts of ${stepsDone} steps together`);
  });
});
