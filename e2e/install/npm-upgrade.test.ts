/** npm replaces the installed folder of jeton while agents from it run. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exchange } from '@jeton/client/conversation/exchange';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Sandbox } from '../support/computer/sandbox.ts';
import { root } from '../support/documented.ts';
import { endProcess } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';

const sandbox = new Sandbox();
const prefix = join(sandbox.folder, 'computer');

beforeAll(async () => {
  await install(await pack(copyPackage('1000.0.0')));
}, 600_000);
afterAll(() => sandbox.close());

async function npm(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', [...args, '--prefer-offline', '--no-audit'], {
    cwd: sandbox.folder,
  });
  return stdout;
}

/** Makes the tarball of a package; gives its path. */
async function pack(folder: string): Promise<string> {
  const [{ filename }] = JSON.parse(await npm('pack', '--json', folder));
  return join(sandbox.folder, filename);
}

const install = (tarball: string) => npm('install', '--global', '--prefix', prefix, tarball);

/** Copies what is packed, with another version: a test beside this one packs the original, and adds files for that. */
function copyPackage(version: string): string {
  const folder = join(sandbox.folder, version);
  mkdirSync(folder);
  for (const name of ['package.json', 'README.md', 'drop-in', 'systemd', 'dist']) {
    cpSync(join(root, 'packages/agent', name), join(folder, name), { recursive: true });
  }
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version, scripts: {} }));
  return folder;
}

/** A later version of jeton: each part that a program loads has another name in it. */
async function packNext(): Promise<string> {
  const folder = copyPackage('1000.0.1');
  const dist = join(folder, 'dist');
  const programs = readdirSync(dist, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.cjs'))
    .map(({ name }) => name);
  const newName = (name: string) => name.replace(/-([A-Z0-9]{8})\.cjs$/, '-$1NEXT.cjs');
  for (const name of programs) {
    const text = readFileSync(join(dist, name), 'utf8');
    writeFileSync(join(dist, name), text.replace(/-([A-Z0-9]{8})\.cjs/g, '-$1NEXT.cjs'));
    renameSync(join(dist, name), join(dist, newName(name)));
  }
  const tarball = await pack(folder);
  rmSync(folder, { recursive: true });
  return tarball;
}

/** Starts an agent of the installed version at a socket of its own. */
async function startAgent(name: string) {
  const program = join(prefix, 'bin/oidc-agent');
  // As a Node program, whose parts are replaced while it runs.
  const env = { JETON_SLEEP_AFTER: 'never' };
  const { stdout } = await sandbox.run(program, ['-a', join(sandbox.folder, name)], { env });
  const [, socketPath = '', pid] = /^OIDC_SOCK=(\S+);.*OIDCD_PID=(\d+)/s.exec(stdout) ?? [];
  sandbox.onClose(() => endProcess(Number(pid)));
  return (request: object, isEncrypted = false) =>
    exchange(request as { request: string }, {
      socketPath,
      ...(isEncrypted && { channel: new EncryptedChannel() }),
    });
}

it('an agent with an account goes on after npm has upgraded jeton, and an idle one says how to restart it', async () => {
  const [busy, idle] = [await startAgent('busy'), await startAgent('idle')];
  const { metadata } = await startIssuer({ '/token': tokens('token') });
  const config = { name: 'a', issuer_url: metadata.issuer, client_id: 'c', refresh_token: 'r' };
  await busy({ request: 'add', config, plain_add: 1 });
  // The agent loads what it may need in turns of its event loop; each answer takes one.
  for (let turn = 0; turn < 10; turn += 1) await busy({ request: 'check' });

  await install(await packNext());
  const version = await sandbox.run(join(prefix, 'bin/oidc-token'), ['--version']);
  expect(version).toMatchObject({ stdout: expect.stringContaining('(jeton '), code: 0 });
  expect(readdirSync(join(prefix, 'lib/node_modules/jeton/dist')).join()).toContain('NEXT.cjs');

  const token = { request: 'access_token', account: 'a' };
  expect(await busy(token)).toMatchObject({ access_token: 'token' });
  expect(await busy(token, true)).toMatchObject({ access_token: 'token' });
  expect(await idle({ request: 'check' })).toMatchObject({ status: 'success' });
  await expect(idle({ request: 'check' }, true)).rejects.toMatchObject({
    message: "the agent's program was replaced; restart it",
    info: expect.stringContaining('oidc-agent -k; eval $(oidc-agent)'),
  });
}, 600_000);
