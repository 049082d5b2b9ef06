// Makes docs/images/terminal.svg: types the session of the README into a real terminal, and draws what it shows in the end.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { svgOf } from './screen-svg.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const COLUMNS = 96;
const PROMPT = '\\[\\e[1;34m\\]$\\[\\e[0m\\] ';
const DEADLINE_MS = 60_000;

/**
 * What is typed, each after the terminal has shown something.
 *
 * @type {readonly (readonly [after: RegExp, typed: string])[]}
 */
const SESSION = [
  [/^\$ $/, 'jeton-iam --auto-approve test &\r'],
  // What it says is written behind the prompt.
  [/without a login/, '\r'],
  [/^\$ $/m, 'eval $(oidc-agent)\r'],
  [/Agent pid \d+\n\$ $/, 'oidc-gen -w device --iss=http://localhost:8080/ --scope=max wlcg\r'],
  [/Enter encryption password.*: $/, 'correct horse\r'],
  [/Confirm encryption password.*: $/, 'correct horse\r'],
  [/Everything setup correctly![\s\S]*\$ $/, 'oidc-token -s storage.read:/ wlcg | jeton inspect\r'],
  [/signature: [\s\S]*\$ $/, ''],
];

const home = mkdtempSync(join(tmpdir(), 'jeton-picture-'));
const terminal = new xterm.Terminal({ cols: COLUMNS, rows: 24, scrollback: 200, allowProposedApi: true });
mkdirSync(join(home, 'runtime'), { mode: 0o700 });
const shell = spawn('/bin/bash', ['--noprofile', '--norc', '-i'], {
  name: 'xterm-256color',
  cols: COLUMNS,
  rows: 24,
  cwd: home,
  env: {
    HOME: home,
    TMPDIR: home,
    XDG_RUNTIME_DIR: join(home, 'runtime'),
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    LANG: 'C.UTF-8',
    PS1: PROMPT,
    BASH_SILENCE_DEPRECATION_WARNING: '1',
  },
});
/** @type {() => void} */
let look = () => undefined;
shell.onData((data) => terminal.write(data, () => look()));
try {
  let seen = 0;
  for (const [after, typed] of SESSION) {
    seen = await shown(after, seen);
    shell.write(typed);
  }
  const description =
    'jeton-iam and an agent start, oidc-gen logs in with a device code, and jeton inspects a token.';
  mkdirSync(join(root, 'docs/images'), { recursive: true });
  writeFileSync(join(root, 'docs/images/terminal.svg'), svgOf(terminal.buffer.active, COLUMNS, description));
} finally {
  shell.write('\x03oidc-agent -k >/dev/null; kill %1; exit\r');
  await new Promise((resolve) => shell.onExit(resolve));
  rmSync(home, { recursive: true });
}

/**
 * Waits until the terminal shows something below the lines that were seen before.
 *
 * @param {RegExp} expected
 * @param {number} seen
 * @returns {Promise<number>} the number of lines that are shown
 * @throws {Error} if it does not
 */
function shown(expected, seen) {
  return new Promise((resolve, reject) => {
    look = () => {
      const lines = linesFrom(seen);
      if (!expected.test(lines.join('\n'))) return;
      clearTimeout(timer);
      look = () => undefined;
      resolve(seen + lines.length);
    };
    const timer = setTimeout(
      () => reject(new Error(`the terminal never showed ${expected}:\n${linesFrom(0).join('\n')}`)),
      DEADLINE_MS,
    );
    look();
  });
}

/**
 * What is shown, from a line to that of the cursor.
 *
 * @param {number} first
 */
function linesFrom(first) {
  const { active } = terminal.buffer;
  const end = active.baseY + active.cursorY + 1;
  const lines = Array.from(
    { length: end },
    (_, row) => active.getLine(row)?.translateToString(true, 0, COLUMNS) ?? '',
  );
  lines.push((lines.pop() ?? '').padEnd(active.cursorX));
  return lines.slice(first);
}
