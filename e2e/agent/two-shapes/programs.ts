/** The programs of an agent whose wall clock can be set, in both shapes; the steady clock goes on. */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PASSWORD } from '../../support/agent/accounts.ts';

const root = join(import.meta.dirname, '../../..');
const sleeper = join(root, 'packages/native/dist/settable-clock/oidc-agent-sleeper');

/** Whether `node scripts/build-native.js --checked` has made the agent that sleeps. */
export const hasSettableClock = existsSync(sleeper);

/** What packages/native/test/settable-clock.c does, for Node. */
const settableClock = `
  const { readFileSync } = require('node:fs');
  const { now } = Date;
  Date.now = () => now() + 1000 * Number(readFileSync(process.env.JETON_TEST_CLOCK, 'latin1'));
`;

/** Answers as a user who agrees to everything, and knows all passwords, or who does not: the file that JETON_TEST_USER names says which. */
const decidedUser = `
  const { readFileSync } = require('node:fs');
  const isWilling = readFileSync(process.env.JETON_TEST_USER, 'latin1') === 'willing';
  if (process.argv.includes('password')) process.stdout.write(isWilling ? '${PASSWORD}' : '');
  else process.stdout.write(isWilling ? 'yes' : 'no');
`;

/** Programs in a folder of their own. */
export class Programs {
  readonly #folder = mkdtempSync('/tmp/jeton-programs-');
  readonly agent: string;

  constructor() {
    const dist = join(this.#folder, 'dist');
    cpSync(join(root, 'packages/agent/dist'), dist, { recursive: true });
    // Where they find the libraries with compiled parts.
    symlinkSync(join(root, 'node_modules'), join(this.#folder, 'node_modules'));
    for (const name of ['daemon', 'awake']) {
      renameSync(join(dist, `${name}.cjs`), join(dist, `${name}-itself.cjs`));
      writeFileSync(join(dist, `${name}.cjs`), `${settableClock}\nrequire('./${name}-itself.cjs');\n`);
    }
    writeFileSync(join(dist, 'oidc-prompt.cjs'), decidedUser);
    rmSync(join(dist, 'oidc-agent-sleeper'), { force: true });
    cpSync(sleeper, join(dist, 'oidc-agent-sleeper'));
    this.agent = join(dist, 'oidc-agent');
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** Seconds since the epoch by a clock that was set. */
export function wallClock(file: string): number {
  return Date.now() / 1000 + Number(readFileSync(file, 'latin1'));
}
