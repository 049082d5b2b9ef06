// `npm test`: fetches what the end-to-end tests need, checks, builds, and runs every test.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { NODE_VERSION, nodeProgram, THIS_ARCH } from '../packaging/node.js';

/** Debian packages that tests use, and a program of each that shows whether it is installed. */
const debianPackages = {
  chromium: 'chromium',
  'oidc-agent-cli': 'oidc-agent',
  'musl-tools': 'musl-gcc',
  wabt: 'wasm2c',
  clang: 'clang',
  // clang needs it to make a fuzzer; it has no program.
  'libclang-rt-dev': 'clang',
  strace: 'strace',
  // A gdb without Python: 3 MB to fetch, 10 MB installed.
  'gdb-minimal': 'gcore',
  systemd: 'systemd-socket-activate',
  zsh: 'zsh',
  fish: 'fish',
  mandoc: 'mandoc',
  'netcat-openbsd': 'nc',
  'pinentry-tty': 'pinentry-tty',
  rpm: 'rpm',
  buildah: 'buildah',
  rclone: 'rclone',
  // Libraries without a program.
  'python3-gfal2': 'rclone',
  'gfal2-plugin-http': 'rclone',
  'xrootd-client': 'xrdfs',
  'xrootd-server': 'xrootd',
  'xrootd-scitokens-plugins': 'xrootd',
};

/**
 * Python libraries that ask an agent for tokens, or read its token files, and uv, which installs the wheel. fedcloudclient has only what its login needs: with
 * the OpenStack that it drives it would be ten times as much.
 */
const PYTHON_PACKAGES = [
  'liboidcagent==0.6.0',
  'scitokens==1.9.7',
  'rucio-clients==41.5.1',
  'click',
  'PyYAML',
  'jsonschema',
  'hvac',
  'tabulate',
  'uv==0.13.9',
  'pytest',
];
const PYTHON_WITHOUT_DEPENDENCIES = ['fedcloudclient==1.4.7'];
const pythonFolder = join('node_modules', '.python-clients');
/** Says which libraries are installed; absent where not all of them could be. */
const pythonInstalled = join(pythonFolder, 'complete');

/**
 * @param {string} command
 * @param {string[]} args
 */
const run = (command, args, env = {}) => {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
};

/** @param {string} program */
const installed = (program) =>
  ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter).filter((p) => !p.includes('node_modules'))].some(
    (folder) => {
      try {
        accessSync(join(folder, program), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    },
  );

const missing = Object.entries(debianPackages)
  .filter(([, program]) => !installed(program))
  .map(([name]) => name);
if (missing.length > 0 && process.getuid?.() === 0 && installed('apt-get')) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-qq'], env);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], env);
} else if (missing.length > 0) {
  console.error(`not installed: ${missing.join(', ')}; the suites that need them are skipped by name`);
}

const wanted = [...PYTHON_PACKAGES, ...PYTHON_WITHOUT_DEPENDENCIES].join(', ');
if (!(existsSync(pythonInstalled) && readFileSync(pythonInstalled, 'utf8') === wanted) && !installPython()) {
  console.error(`not installed: ${wanted} (Python)`);
}

/** Whether the Python libraries could be installed in a virtual environment. */
function installPython() {
  const python = join(pythonFolder, 'bin', 'python');
  const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check'];
  /** @type {(command: string, args: string[]) => boolean} */
  const succeeds = (command, args) => spawnSync(command, args, { stdio: 'inherit' }).status === 0;
  const worked =
    succeeds('python3', ['-m', 'venv', pythonFolder]) &&
    succeeds(python, [...pip, ...PYTHON_PACKAGES]) &&
    succeeds(python, [...pip, '--no-deps', ...PYTHON_WITHOUT_DEPENDENCIES]);
  if (worked) writeFileSync(pythonInstalled, wanted);
  return worked;
}

if (THIS_ARCH !== undefined) {
  await nodeProgram(THIS_ARCH).catch((error) => {
    console.error(
      `not fetched: Node ${NODE_VERSION}; all tests run with Node ${process.versions.node} (${error.message})`,
    );
  });
}

const bin = join('node_modules', '.bin');
run('npm', ['run', 'check']);
run(process.execPath, ['scripts/build.js']);
run(process.execPath, ['scripts/build-native.js']);
run(process.execPath, ['scripts/build-native.js', '--checked']);
run(join(bin, 'vitest'), ['run', ...process.argv.slice(2)]);
