import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAgent } from '../agent/agent.ts';
import type { Sandbox } from '../computer/sandbox.ts';

/**
 * Starts an agent on a desktop on which a shell script answers every question: it prints what was typed, and exits with 0 for
 * yes and 1 for no.
 *
 * @returns the questions so far, and `answer`, which sets another script from now on
 */
export async function startOnDesktop(
  sandbox: Sandbox,
  script: string,
  args: readonly string[] = [],
): Promise<Awaited<ReturnType<typeof startAgent>> & { asked(): string; answer(script: string): void }> {
  const [bin, asked, answers] = ['bin', 'asked', 'answers'].map((name) => join(sandbox.folder, name));
  mkdirSync(`${bin}`);
  symlinkSync(process.execPath, `${bin}/node`);
  const window = `#!/bin/sh\nprintf '%s\\n' "$@" >> ${asked}\n. ${answers}\n`;
  writeFileSync(`${bin}/zenity`, window, { mode: 0o755 });
  const answer = (script: string) => writeFileSync(`${answers}`, `${script}\n`);
  answer(script);
  Object.assign(sandbox.env, { PATH: `${bin}:${sandbox.env.PATH}`, DISPLAY: ':0' });
  const agent = await startAgent(sandbox, { args });
  delete sandbox.env.DISPLAY;
  return {
    ...agent,
    asked: () => (existsSync(`${asked}`) ? readFileSync(`${asked}`, 'utf8') : ''),
    answer,
  };
}
