/**
 * A computer on which nothing is installed but what it says: a folder with Debian's own packages as its root, processes and a
 * network of its own, which has nothing but loopback.
 */
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { root as checkout } from '../documented.ts';
import { Terminal } from '../user/terminal.ts';
import { canMount } from './mounts.ts';
import type { Outcome, RunOptions, Sandbox } from './sandbox.ts';

/** What every Debian has, as far as a program that is installed there may use it. Neither Node nor Python nor Perl nor a compiler. */
export const BASE: readonly string[] = [
  ...['base-files', 'coreutils', 'dash', 'debianutils', 'findutils', 'grep', 'gzip', 'sed', 'tar'],
  // What these need, and Node.
  ...[
    'libacl1',
    'libattr1',
    'libc6',
    'libcrypt1',
    'libgcc-s1',
    'libgmp10',
    'libpcre2-8-0',
    'libselinux1',
    'libstdc++6',
  ],
];

/** Whether such a computer can be made here: by root, who may mount, where Debian's packages are to be had. */
export const canMakeRoots =
  canMount &&
  spawnSync('unshare', ['--net', '--pid', '--fork', 'ip', 'link', 'set', 'lo', 'up']).status === 0 &&
  spawnSync('apt-get', ['--version']).status === 0;

/** A user of the computer: root, or one who has a home and nothing else. */
export type RootUser = 'root' | 'user';

const HOMES: Record<RootUser, string> = { root: '/root', user: '/home/user' };
const IDS: Record<RootUser, string> = { root: '0', user: '1000' };

const cache = join(checkout, 'node_modules/.cache/debian-packages');

/** Makes the devices that programs use, and a shell that takes leave of those that end, until its standard input ends. */
const START = `
  set -e
  cd "$1"
  ip link set lo up
  mount -t proc proc proc
  mount -t tmpfs tmpfs dev
  for device in null zero full random urandom tty ptmx; do
    touch dev/$device
    mount --bind /dev/$device dev/$device
  done
  mkdir dev/pts dev/shm
  chmod 1777 dev/shm
  mount --bind /dev/pts dev/pts
  echo ready
  exec chroot . sh -c 'exec 3<&0; cat <&3 > /dev/null & wait $!'
`;

export class DebianRoot {
  /** Its root, as a path of this computer. */
  readonly folder: string;
  readonly #sandbox: Sandbox;
  /** Variables of each command. */
  readonly env: Record<string, string> = { LANG: 'C.UTF-8' };
  #process = 0;

  private constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.folder = join(mkdtempSync(join(sandbox.folder, 'root-')), 'root');
  }

  /**
   * Makes a computer, which ends with the sandbox. Packages are downloaded once.
   *
   * @param packages of Debian, with all that they need
   */
  static async make(sandbox: Sandbox, packages: readonly string[] = BASE): Promise<DebianRoot> {
    const computer = new DebianRoot(sandbox);
    mkdirSync(computer.folder);
    for (const file of download(packages)) execFileSync('dpkg-deb', ['--extract', file, computer.folder]);
    writeFileSync(
      computer.path('/etc/passwd'),
      'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n',
    );
    writeFileSync(computer.path('/etc/group'), 'root:x:0:\nuser:x:1000:\n');
    writeFileSync(computer.path('/etc/hosts'), '127.0.0.1 localhost\n');
    mkdirSync(computer.path('/home/user'), { mode: 0o700 });
    execFileSync('chown', ['1000:1000', computer.path('/home/user')]);
    await computer.#start();
    return computer;
  }

  /** Where a file of the computer is. */
  path(inside: string): string {
    return join(this.folder, inside);
  }

  /** Runs a program on the computer to its end. */
  async run(
    user: RootUser,
    command: readonly string[],
    { env = {}, input = '' }: { env?: Record<string, string> } & Pick<RunOptions, 'input'> = {},
  ): Promise<Outcome> {
    return await this.#sandbox.run('/usr/bin/nsenter', this.#enter(user, command, env), { input });
  }

  /** Starts a program on the computer. It is ended with the sandbox. */
  spawn(user: RootUser, command: readonly string[]): ChildProcess {
    return this.#sandbox.spawn('/usr/bin/nsenter', this.#enter(user, command, {}));
  }

  /** Runs a program at a terminal. */
  terminal(user: RootUser, command: readonly string[]): Terminal {
    return new Terminal(this.#sandbox, '/usr/bin/nsenter', this.#enter(user, command, { TERM: 'xterm' }));
  }

  /** Arguments for nsenter. */
  #enter(user: RootUser, command: readonly string[], env: Record<string, string>): string[] {
    const variables = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: HOMES[user], ...this.env, ...env };
    const namespaces = ['--mount', '--net', '--pid', '--ipc', '--root', '--wd'];
    const who = [`--setuid=${IDS[user]}`, `--setgid=${IDS[user]}`];
    const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const inside = ['env', '--ignore-environment', `--chdir=${HOMES[user]}`, ...assignments, ...command];
    return [`--target=${this.#process}`, ...namespaces, ...who, '--', ...inside];
  }

  /** Starts the first process of the computer. All others end with it. */
  async #start(): Promise<void> {
    const namespaces = ['--mount', '--net', '--pid', '--ipc', '--fork', '--kill-child'];
    const starter = this.#sandbox.spawn('/usr/bin/unshare', [
      ...namespaces,
      'sh',
      '-c',
      START,
      'sh',
      this.folder,
    ]);
    if (starter.stdout === null || starter.stdin === null) throw new Error('no pipes');
    const { stdin } = starter;
    this.#sandbox.onClose(async () => {
      stdin.end();
      if (starter.exitCode === null) await once(starter, 'exit');
    });
    const errors: string[] = [];
    starter.stderr?.on('data', (data) => errors.push(String(data)));
    await Promise.race([
      once(starter.stdout, 'data'),
      once(starter, 'exit').then(() => Promise.reject(new Error(errors.join('')))),
    ]);
    const children = readFileSync(`/proc/${starter.pid}/task/${starter.pid}/children`, 'utf8');
    this.#process = Number(children);
  }
}

/**
 * Fetches packages of Debian, once.
 *
 * @returns their files
 */
export function download(packages: readonly string[]): string[] {
  mkdirSync(cache, { recursive: true });
  const missing = packages.filter((name) => !existsSync(join(cache, name)));
  if (missing.length > 0) {
    const work = mkdtempSync(`${cache}-`);
    const fetch = () => execFileSync('apt-get', ['download', '-q', ...missing], { cwd: work, stdio: 'pipe' });
    try {
      fetch();
    } catch {
      // A new machine has no list of packages, or an old one.
      execFileSync('apt-get', ['update', '-qq'], { stdio: 'pipe' });
      fetch();
    }
    for (const name of missing) {
      const file = readdirSync(work).find((entry) => entry.startsWith(`${name}_`));
      if (file === undefined) throw new Error(`apt-get has not fetched ${name}`);
      renameSync(join(work, file), join(cache, name));
    }
    rmSync(work, { recursive: true });
  }
  return packages.map((name) => join(cache, name));
}
