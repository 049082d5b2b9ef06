/** What npm packs is what users install: complete, nothing else, and with the compiled programs where there are some. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
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

const packages = ['client', 'agent', 'iam'];
const { bin }: { bin: Record<string, string> } = JSON.parse(
  readFileSync(join(root, 'packages/agent/package.json'), 'utf8'),
);
const programs = Object.keys(bin);

const sandbox = new Sandbox();

/** A folder for PATH that has these programs, and else only what a launcher needs. */
function pathWith(...names: string[]): string {
  const folder = join(sandbox.folder, ['with', ...names].join('-'));
  mkdirSync(folder, { recursive: true });
  for (const name of ['sh', 'readlink', ...names]) {
    const program = name === 'node' ? process.execPath : join('/usr/bin', name);
    if (!existsSync(join(folder, name))) symlinkSync(program, join(folder, name));
  }
  return folder;
}

/** All packages, in a project. */
const project = join(sandbox.folder, 'project');
/** jeton alone, for the whole computer. */
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
    npm(sandbox.folder, 'install', '--global', '--prefix', computer, ...jeton),
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
    const expected = /^(LICENSE|README\.md|package\.json|(dist|drop-in|launchd|systemd)\/.*)$/;
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
    const places = [inProject('oidc-token'), onComputer('oidc-token')];
    for (const program of places) {
      const isToken = { stdout: expect.stringMatching(/^ey\S+\n$/), stderr: '', code: 0 };
      expect(
        await sandbox.run(program, ['wlcg'], { env: { PATH: pathWith('uname', 'node') } }),
      ).toMatchObject(isToken);
      // The compiled program needs no Node.
      if (hasCompiled)
        expect(await sandbox.run(program, ['wlcg'], { env: { PATH: pathWith('uname') } })).toMatchObject(
          isToken,
        );
    }
  });
});

describe.each(['oidc-token', 'oidc-agent'])('%s', (name) => {
  it('is the Node program on a computer that there is no compiled one for', async () => {
    const elsewhere = pathWith();
    writeFileSync(join(elsewhere, 'uname'), '#!/bin/sh\necho Darwin arm64\n', { mode: 0o755 });
    const env = { PATH: elsewhere };
    expect(await sandbox.run(onComputer(name), ['--help'], { env })).toMatchObject({
      stderr: expect.stringMatching(/node: not found$/m),
      code: 127,
    });
    env.PATH = `${elsewhere}:${pathWith('node')}`;
    expect(await sandbox.run(onComputer(name), ['--help'], { env })).toMatchObject({
      stdout: expect.stringContaining(`Usage: ${name}`),
      code: 0,
    });
  });
});

it('needs no script at its installation: npm runs none of what it installs', () => {
  const { scripts } = JSON.parse(readFileSync(join(computer, 'lib/node_modules/jeton/package.json'), 'utf8'));
  expect(Object.keys(scripts)).toEqual(['prepack', 'postpack']);
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
