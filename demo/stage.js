// A temporary home with a terminal in it, where commands run as a person would run them.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pty from '@lydell/node-pty';
import { Keyboard, Screen } from './terminal.js';

const programs = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));
/** Milliseconds after which the demo gives up on a command that asks no question. */
const DEADLINE_MS = 60_000;

const { isTTY = false, columns = 100 } = process.stdout;
const coloured = isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
/** @type {(code: number, text: string) => string} */
const style = (code, text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);

/**
 * @typedef {object} StageOptions
 * @property {boolean} byHand leaves all prompts, and the approval in a browser, to the person at the terminal
 * @property {AbortSignal} signal breaks the session off
 *
 * @typedef {[question: RegExp, typed: string]} Answer
 *
 * @typedef {object} RunOptions
 * @property {Answer[]} [answers] what is asked, in this order, and what is typed then
 * @property {RegExp[]} [expect] what it must print, in addition to ending with exit code 0
 * @property {string[]} [mask] JSON members whose values are not shown
 * @property {string} [afterwards] shell commands that are not shown
 * @property {boolean} [unbroken] whether an interruption waits for its end
 */

/** A command ended with an exit code other than 0. */
export class CommandError extends Error {
  /**
   * @param {string} line
   * @param {number} exitCode
   */
  constructor(line, exitCode) {
    super(`'${line}' ended with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

export class Stage {
  #home = mkdtempSync(join(tmpdir(), 'jeton-demo-'));
  #byHand;
  #signal;
  #env;
  /** @type {{ pid: number | undefined, ended: Promise<unknown> } | undefined} */
  #iam;
  /** @type {number | undefined} */
  #agentPid;

  /** @param {StageOptions} options */
  constructor({ byHand, signal }) {
    this.#byHand = byHand;
    this.#signal = signal;
    // Without the user's accounts and agents; everything else stays.
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

  /**
   * Shows a remark to the viewer.
   *
   * @param {string} text
   */
  say(text) {
    process.stdout.write(`${style(2, `\n# ${text}`)}\n`);
  }

  /**
   * Starts jeton-iam in addition to the session; returns its issuer.
   *
   * @param {string[]} args
   */
  async startIam(args) {
    this.#signal.throwIfAborted();
    const words = ['--port', '0', ...args];
    this.#show(`jeton-iam ${words.join(' ')} &`);
    // Not in our process group: Ctrl-C is ours to handle, in our order.
    const iam = spawn('jeton-iam', words, {
      env: this.#env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#iam = {
      pid: iam.pid,
      ended: new Promise((resolve) => iam.once('exit', resolve).once('error', resolve)),
    };
    /** @type {string} */
    const line = await new Promise((resolve, reject) => {
      createInterface({ input: iam.stdout }).once('line', resolve);
      iam.once('error', reject).once('exit', (code) => reject(new Error(`jeton-iam ended with ${code}`)));
    });
    process.stdout.write(`${line}\n`);
    // What it says besides comes after its first line.
    iam.stderr.pipe(process.stderr);
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
      // No variable names a half-started agent yet: wait for it, and end it with the other processes.
      unbroken: true,
    });
    const [OIDC_SOCK, OIDCD_PID] = readFileSync(exported, 'utf8').split('\n');
    Object.assign(this.#env, { OIDC_SOCK, OIDCD_PID });
    this.#agentPid = Number(OIDCD_PID);
    this.#signal.throwIfAborted();
  }

  /**
   * Shows a command line and runs it by a shell, on a new terminal.
   *
   * @param {string} line
   * @param {RunOptions} options
   * @throws {CommandError} when its exit code is not 0
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
    const timer = this.#byHand ? undefined : setTimeout(kill, DEADLINE_MS);
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
    /** @type {number} */
    const exitCode = await new Promise((resolve) => {
      child.onExit(({ exitCode, signal }) => resolve(signal ? 128 + signal : exitCode));
    });
    screen.end();
    keyboard?.release();
    clearTimeout(timer);
    this.#signal.removeEventListener('abort', kill);
    if (!unbroken) this.#signal.throwIfAborted();
    if (exitCode !== 0) throw new CommandError(line, exitCode);
    const missing = expect.find((pattern) => !pattern.test(screen.text));
    if (missing !== undefined) throw new Error(`'${line}' did not print ${missing}`);
  }

  /** Ends what was started, and removes the home. */
  async close() {
    if (this.#agentPid !== undefined) await end(this.#agentPid);
    const { pid, ended } = this.#iam ?? {};
    if (pid !== undefined) {
      killGroup(pid, 'SIGTERM');
      const timer = setTimeout(() => killGroup(pid, 'SIGKILL'), 5000);
      await ended;
      clearTimeout(timer);
    }
    rmSync(this.#home, { recursive: true, force: true });
  }

  /** @param {string} line */
  #show(line) {
    process.stdout.write(`${style(1, `\n$ ${line}`)}\n`);
  }
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

/**
 * Ends a process that is not our child, and waits until it is gone.
 *
 * @param {number} pid
 */
async function end(pid) {
  try {
    process.kill(pid, 'SIGTERM');
    for (let tries = 0; tries < 250 && isRunning(pid); tries += 1) await sleep(20);
    if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

/**
 * @param {number} pid
 * @throws if no such process exists
 */
function isRunning(pid) {
  process.kill(pid, 0);
  // On Linux, a process that has ended and that its parent has not waited for has no command line.
  return !existsSync('/proc/self') || readFileSync(`/proc/${pid}/cmdline`).length > 0;
}
