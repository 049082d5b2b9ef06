// A temporary home with a terminal in it, where commands run as a person would run them.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import pty from '@lydell/node-pty';

const programs = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));
/** Milliseconds after which a command that nobody has to answer is given up. */
const deadline = 60_000;

const { isTTY = false, columns = 100 } = process.stdout;
const coloured = isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
const style = (code, text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);

export class Stage {
  #home = mkdtempSync(join(tmpdir(), 'jeton-demo-'));
  #byHand;
  #signal;
  #env;
  #iam;
  #agentPid;

  constructor({ byHand, signal }) {
    this.#byHand = byHand;
    this.#signal = signal;
    // Nothing of the person's own accounts and agents; the rest as it is.
    const {
      OIDC_SOCK: _1,
      OIDCD_PID: _2,
      OIDC_CONFIG_DIR: _3,
      OIDC_USER_CONFIG: _4,
      OIDC_AGENT_AUTOSTART: _5,
      // Where the person's agent is found without OIDC_SOCK.
      XDG_RUNTIME_DIR: _6,
      NODE_EXTRA_CA_CERTS: _7,
      ...env
    } = process.env;
    this.#env = {
      ...env,
      HOME: this.#home,
      TMPDIR: this.#home,
      PATH: `${programs}:${env.PATH}`,
      LC_ALL: 'C.UTF-8',
      TERM: env.TERM ?? 'xterm',
      ...(coloured ? {} : { NO_COLOR: '1' }),
    };
  }

  /** A remark to the person who watches. */
  say(text) {
    process.stdout.write(`${style(2, `\n# ${text}`)}\n`);
  }

  /** Starts jeton-iam beside the session; gives its issuer. */
  async startIam(args) {
    this.#signal.throwIfAborted();
    const words = ['--port', '0', ...args];
    this.#show(`jeton-iam ${words.join(' ')} &`);
    // Not in our process group: Ctrl-C is ours to handle, in our order.
    const iam = spawn('jeton-iam', words, {
      env: this.#env,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#iam = {
      pid: iam.pid,
      ended: new Promise((resolve) => iam.once('exit', resolve).once('error', resolve)),
    };
    const line = await new Promise((resolve, reject) => {
      createInterface({ input: iam.stdout }).once('line', resolve);
      iam.once('error', reject).once('exit', (code) => reject(new Error(`jeton-iam ended with ${code}`)));
    });
    process.stdout.write(`${line}\n`);
    const [issuer] = /http\S+/.exec(line) ?? [];
    if (issuer === undefined) throw new Error('jeton-iam does not say where it is');
    return issuer;
  }

  /** Runs `eval $(oidc-agent)`, and keeps what it exports for the commands that follow. */
  async startAgent() {
    const exported = join(this.#home, 'exported');
    await this.run('eval $(oidc-agent)', {
      afterwards: `printf '%s\\n' "$OIDC_SOCK" "$OIDCD_PID" >${exported}`,
      expect: [/^Agent pid \d+$/m],
      // Half-started, an agent is nobody's: it is waited for, and ended with the rest.
      unbroken: true,
    });
    const [OIDC_SOCK, OIDCD_PID] = readFileSync(exported, 'utf8').split('\n');
    Object.assign(this.#env, { OIDC_SOCK, OIDCD_PID });
    this.#agentPid = Number(OIDCD_PID);
    this.#signal.throwIfAborted();
  }

  /**
   * Shows a command line and runs it by a shell, on a terminal of its own.
   *
   * @param {[RegExp, string][]} answers what is asked, in this order, and what is typed then
   * @param {RegExp[]} expect what it must print, beside ending with exit code 0
   * @param {string[]} mask JSON members whose values are not shown
   * @param {string} afterwards shell commands that are not shown
   * @param {boolean} unbroken whether an interruption waits for its end
   */
  async run(line, { answers = [], expect = [], mask = [], afterwards = 'true', unbroken = false } = {}) {
    this.#signal.throwIfAborted();
    this.#show(line);
    // With a trap the shell outlives the programs that it waits for: one that is interrupted may still have to clean up.
    const script = `trap : TERM\n${line}\ncode=$?\n${afterwards}\nexit $code`;
    const child = pty.spawn('/bin/sh', ['-c', script], {
      cols: columns,
      rows: 50,
      cwd: this.#home,
      env: this.#env,
    });
    const kill = () => killGroup(child.pid, 'SIGTERM');
    if (!unbroken) this.#signal.addEventListener('abort', kill);
    const timer = this.#byHand ? undefined : setTimeout(kill, deadline);
    const screen = new Screen(mask);
    const keyboard = this.#byHand ? new Keyboard(child) : undefined;
    const open = this.#byHand ? [] : [...answers];
    child.onData((data) => {
      screen.show(data);
      const [next] = open;
      if (next === undefined || !next[0].test(screen.unanswered)) return;
      open.shift();
      screen.unanswered = '';
      child.write(`${next[1]}\r`);
    });
    const exitCode = await new Promise((resolve) => {
      child.onExit(({ exitCode, signal }) => resolve(signal ? 128 + signal : exitCode));
    });
    screen.end();
    keyboard?.release();
    clearTimeout(timer);
    this.#signal.removeEventListener('abort', kill);
    if (!unbroken) this.#signal.throwIfAborted();
    if (exitCode !== 0)
      throw Object.assign(new Error(`'${line}' ended with exit code ${exitCode}`), { exitCode });
    const missing = expect.find((pattern) => !pattern.test(screen.text));
    if (missing !== undefined) throw new Error(`'${line}' did not print ${missing}`);
  }

  /** Ends what was started, and removes the home. */
  async close() {
    if (this.#agentPid !== undefined) await end(this.#agentPid);
    if (this.#iam?.pid !== undefined) {
      killGroup(this.#iam.pid, 'SIGTERM');
      const timer = setTimeout(() => killGroup(this.#iam.pid, 'SIGKILL'), 5000);
      await this.#iam.ended;
      clearTimeout(timer);
    }
    rmSync(this.#home, { recursive: true, force: true });
  }

  #show(line) {
    process.stdout.write(`${style(1, `\n$ ${line}`)}\n`);
  }
}

/** What a command prints: shown as it comes to a terminal, in plain lines to anything else. */
class Screen {
  /** All of it, without control sequences. */
  text = '';
  /** What was printed since the last answer. */
  unanswered = '';
  #mask;
  #held = '';

  constructor(mask) {
    this.#mask = mask.length > 0 ? new RegExp(`("(?:${mask.join('|')})":\\t")[^"]*"`, 'g') : undefined;
  }

  show(data) {
    this.text += plain(data);
    this.unanswered += plain(data);
    this.#held += data;
    // What is to be masked may come in pieces.
    if (this.#mask !== undefined && this.#held.includes('{')) return;
    if (isTTY) this.#release(this.#held.length);
    else this.#release(this.#held.lastIndexOf('\n') + 1);
  }

  end() {
    this.#release(this.#held.length);
  }

  #release(length) {
    const shown = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    const masked = this.#mask === undefined ? shown : shown.replace(this.#mask, '$1*****"');
    process.stdout.write(isTTY ? masked : finalLines(masked));
  }
}

/** Lines as they look in the end: what was drawn over, a countdown or a prompt, is left out. */
function finalLines(text) {
  const redraws = ['\r\u001b[K', '\u001b[1G\u001b[0J'];
  const final = (line) => redraws.reduce((rest, redraw) => rest.split(redraw).at(-1), line);
  return text
    .split('\n')
    .map((line) => plain(final(line)))
    .join('\n');
}

const plain = (text) => stripVTControlCharacters(text).replaceAll('\r', '');

/** Passes what the person types on to a command, key by key. */
class Keyboard {
  #pass;

  constructor(child) {
    this.#pass = (data) => child.write(data);
    process.stdin.setRawMode(true).on('data', this.#pass).resume();
  }

  release() {
    process.stdin.off('data', this.#pass).setRawMode(false).pause();
  }
}

function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

/** Ends a process that is not our child, and waits until it is gone. */
async function end(pid) {
  try {
    process.kill(pid, 'SIGTERM');
    for (let tries = 0; tries < 250 && isRunning(pid); tries += 1) await sleep(20);
    if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

/** Throws when there is no such process. */
function isRunning(pid) {
  process.kill(pid, 0);
  // On Linux: one that has ended, and whose parent has not looked yet, has no command line any more.
  return !existsSync('/proc/self') || readFileSync(`/proc/${pid}/cmdline`).length > 0;
}
