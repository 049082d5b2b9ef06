/** What npm packs is what users install: complete, nothing else, and with the compiled programs where there are some. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withPassword } from '../support/agent/accounts.ts';
import { hasCompiled } from '../support/computer/installed-programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { root } from '../support/documented.ts';
import { endProcess } from '../support/processes.ts';
import { SHORT_INTERVAL } from '../support/servers/iam.ts';

interface Tarball {
  readonly name: string;
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const machine = `linux-${process.arch}`;
const packages = ['client', 'agent', 'iam', ...(hasCompiled ? [`native/${machine}`] : [])];
const { bin }: { bin: Record<string, string> } = JSON.parse(
  readFileSync(join(root, 'packages/agent/package.json'), 'utf8'),
);
const programs = Object.keys(bin);

const sandbox = new Sandbox();
/** All packages, in a project. */
const project = join(sandbox.folder, 'project');
/** jeton alone, for the whole computer, without what is optional. */
const computer = join(sandbox.folder, 'computer');
const inProject = (name: string) => join(project, 'node_modules/.bin', name);
const onComputer = (name: string) => join(computer, 'bin', name);
let tarballs: readonly Tarball[];

beforeAll(async () => {
  const folders = packages.map((name) => join(root, 'packages', name));
  tarballs = JSON.parse(await npm(root, 'pack', '--json', '--pack-destination', sandbox.folder, ...folders));
  const fileOf = ({ filename }: Tarball) => join(sandbox.folder, filename);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  const jeton = tarballs.filter(({ name }) => name === 'jeton').map(fileOf);
  await Promise.all([
    npm(project, 'install', ...tarballs.map(fileOf)),
    npm(sandbox.folder, 'install', '--global', '--prefix', computer, '--omit=optional', ...jeton),
  ]);
}, 600_000);
afterAll(async () => {
  for (const { name, size, unpackedSize } of tarballs ?? []) {
    console.log(`${name}: ${size} bytes to download, ${unpackedSize} unpacked`);
  }
  await sandbox.close();
});

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', [...args, '--prefer-offline', '--no-audit'], { cwd });
  return stdout;
}

describe('a package', () => {
  it.each(packages.map((_, index) => index))('(%d) has what it needs, and nothing else', (index) => {
    const paths = tarballs[index]?.files.map(({ path }) => path) ?? [];
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    const expected =
      /^(LICENSE|third-party\.txt|README\.md|package\.json|install\.js|oidc-agent(-sleeper)?|oidc-token|(dist|drop-in|systemd)\/.*)$/;
    expect(paths.filter((path) => !expected.test(path))).toEqual([]);
    expect(paths.filter((path) => /\.test\.|\.map$|(?<!\.d)\.ts$|\/src\//.test(path))).toEqual([]);
  });

  it('is about as large as bench/README.md says', () => {
    const table = readFileSync(join(root, 'bench/README.md'), 'utf8');
    for (const { name, size, unpackedSize } of tarballs) {
      const [, ...documented] =
        new RegExp(`^\\| \`${name}\` \\| (\\d+) \\| (\\d+) \\|`, 'm').exec(table) ?? [];
      const measured = [size, unpackedSize].map((bytes) => bytes / 1000);
      const isRight = (kilobytes: number, index: number) =>
        Math.abs(Number(documented[index]) / kilobytes - 1) < 0.2;
      expect({ name, documented, measured }).toSatisfy(
        () => documented.length === 2 && measured.every(isRight),
      );
    }
  });
});

it.each([
  ['jeton', 'undici'],
  ['@jeton/iam', 'oidc-provider'],
])('%s brings the licences of what is compiled in, such as %s', (name, other) => {
  const text = readFileSync(join(project, 'node_modules', name, 'dist/third-party.txt'), 'utf8');
  expect(text).toMatch(new RegExp(`^${other} \\d+\\.\\d+\\.\\d+ \\(MIT\\)\n`, 'm'));
  expect(text).toContain('Permission is hereby granted');
});

describe('jeton', () => {
  it.each(programs)('%s runs', async (name) => {
    const { stdout, code } = await sandbox.run(onComputer(name), ['--version']);
    expect({ stdout, code }).toEqual({ stdout: expect.stringContaining('(jeton '), code: 0 });
  });

  it('has a manual page for each program, where man looks', () => {
    expect(readdirSync(join(computer, 'share/man/man1')).sort()).toEqual(
      programs.map((name) => `${name}.1`).sort(),
    );
  });

  it('gets tokens of jeton-iam', async () => {
    const options = ['--port', '0', '--json', '--auto-approve', 'test', '--behave', SHORT_INTERVAL];
    const iam = sandbox.spawn(inProject('jeton-iam'), options);
    if (iam.stdout === null) throw new Error('no output');
    const [line] = await once(createInterface({ input: iam.stdout }), 'line');
    const { issuer } = JSON.parse(line);
    const { stdout } = await sandbox.run(inProject('oidc-agent'), []);
    const [, socket = '', pid] = /^OIDC_SOCK=(\S+);.*OIDCD_PID=(\d+)/s.exec(stdout) ?? [];
    sandbox.onClose(() => endProcess(Number(pid)));
    sandbox.env.OIDC_SOCK = socket;
    const args = ['-w', 'device', `--iss=${issuer}`, '--scope=max', '--pw-env', '--prompt=none', 'wlcg'];
    expect(await sandbox.run(inProject('oidc-gen'), args, withPassword)).toMatchObject({ code: 0 });
    const [compiled, node] = await Promise.all(
      [inProject('oidc-token'), onComputer('oidc-token')].map((path) => sandbox.run(path, ['wlcg'])),
    );
    expect(compiled).toMatchObject({ stdout: expect.stringMatching(/^ey\S+\n$/), stderr: '', code: 0 });
    expect(node).toEqual(compiled);
  });
});

describe.each(['oidc-token', 'oidc-agent'])('%s', (name) => {
  const linked = join('dist', name);

  it.runIf(hasCompiled)(
    'is the compiled program where there is one, which has Node do the rest',
    async () => {
      expect(begin(inProject(name))).toBe('\x7fELF');
      const [compiled, node] = await Promise.all(
        [inProject(name), onComputer(name)].map((path) => sandbox.run(path, ['--help'])),
      );
      expect(compiled).toMatchObject({ stdout: expect.stringContaining(`Usage: ${name}`), code: 0 });
      expect(node).toEqual(compiled);
    },
  );

  it('is the Node program where there is none', () => {
    expect(begin(onComputer(name))).toBe('#!/u');
  });

  it('stays the Node program as long as the compiled one does not run', async () => {
    const folder = join(sandbox.folder, `broken-${name}`);
    const platform = join(folder, 'node_modules/@jeton', `oidc-token-${process.platform}-${process.arch}`);
    mkdirSync(platform, { recursive: true });
    writeFileSync(join(platform, name), '#!/bin/sh\nexit 127\n', { mode: 0o755 });
    cpSync(join(computer, 'lib/node_modules/jeton'), folder, { recursive: true });
    const before = readFileSync(join(folder, linked));
    await sandbox.run(process.execPath, [join(folder, 'install.js')]);
    expect(readFileSync(join(folder, linked))).toEqual(before);
    expect(readdirSync(join(folder, 'dist')).filter((file) => file.endsWith('.new'))).toEqual([]);
    // And if it does run, it is put there.
    writeFileSync(join(platform, name), '#!/bin/sh\nexit 0\n', { mode: 0o644 });
    await sandbox.run(process.execPath, [join(folder, 'install.js')]);
    expect(readFileSync(join(folder, linked), 'utf8')).toBe('#!/bin/sh\nexit 0\n');
    expect(statSync(join(folder, linked)).mode & 0o111).toBe(0o111);
  });
});

describe('@jeton/client', () => {
  const program = `
    import { type AccessToken, AgentError, type AgentErrorCode, accounts, getToken, type TokenOptions } from '@jeton/client';
    const options: TokenOptions = { account: 'wlcg', scope: 'openid', minValid: 60, socketPath: '/nowhere' };
    // @ts-expect-error an account or an issuer is missing
    const withoutAccount: TokenOptions = { scope: 'openid' };
    // @ts-expect-error there is no such option
    const misspelt: TokenOptions = { account: 'wlcg', scopes: 'openid' };
    export const names: (options: { signal: AbortSignal }) => Promise<string[]> = accounts;
    try {
      const { token, issuer, expiresAt, info }: AccessToken = await getToken(options);
      console.log(token, issuer, expiresAt.toFixed(), info?.trim(), withoutAccount, misspelt);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      const code: AgentErrorCode = error.code;
      console.log(code, error.hint?.split('\\n')[0]);
    }
  `;

  it('has types that a program compiles with, and runs', async () => {
    expect(await compileAndRun('client-program', program)).toEqual({
      stdout: 'unreachable there is no socket at /nowhere\n',
      stderr: '',
    });
  });

  it('brings nothing else with it', () => {
    const folder = join(project, 'node_modules/@jeton/client');
    const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    expect(dependencies).toBeUndefined();
  });
});

it('@jeton/iam has types that a program compiles with, and runs', async () => {
  const program = `
    import { type IamConfig, type RunningIam, startIam } from '@jeton/iam';
    const config: IamConfig = { users: [{ username: 'alice', password: 'wonderland' }] };
    // @ts-expect-error there is no such profile
    const misspelt: Parameters<typeof startIam>[0] = { profile: 'wlgc' };
    // The compiler turns this into code that Node 20 runs.
    await using iam: RunningIam = await startIam({ config, autoApprove: 'alice' });
    const { status }: Response = await fetch(iam.issuer + 'jwk');
    console.log(status, iam.requests.length, misspelt?.profile);
  `;
  expect(await compileAndRun('iam-program', program)).toEqual({ stdout: '200 1 wlgc\n', stderr: '' });
});

/** Compiles a program with the strictest options in the project, and runs it. */
async function compileAndRun(name: string, program: string) {
  writeFileSync(join(project, `${name}.ts`), program);
  const compilerOptions = { module: 'nodenext', target: 'es2023', lib: ['es2023', 'dom'], types: [] };
  const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false };
  const settings = { compilerOptions: { ...compilerOptions, ...strict }, files: [`${name}.ts`] };
  writeFileSync(join(project, `${name}.json`), JSON.stringify(settings));
  const compiler = join(root, 'node_modules/.bin/tsc');
  const compiled = await sandbox.run(compiler, ['-p', join(project, `${name}.json`)]);
  expect(compiled).toMatchObject({ stdout: '', code: 0 });
  const { stdout, stderr } = await sandbox.run(process.execPath, [join(project, `${name}.js`)]);
  return { stdout, stderr };
}

/** The first four characters of a file. */
function begin(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(4);
    readSync(file, bytes);
    return bytes.toString('latin1');
  } finally {
    closeSync(file);
  }
}
