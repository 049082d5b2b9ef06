/** What comes with the packages of a release: the list of other people's software, and a signature. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { NODE_VERSION } from '../../packaging/node.js';
import { billOfMaterials } from '../../packaging/release/sbom.js';
import { sign } from '../../packaging/release/signature.js';
import { Sandbox } from '../support/computer/sandbox.ts';
import { root } from '../support/documented.ts';

const sandbox = new Sandbox();
afterAll(() => sandbox.close());

describe('the bill of materials', () => {
  it('has all that is compiled in, with its licence, and Node, but no tool of the build', async () => {
    const { components } = JSON.parse(await billOfMaterials());
    const names = components.map(({ name, version }: Record<string, string>) => `${name} ${version}`);
    expect(names).toContain(`node ${NODE_VERSION}`);
    expect(names.join()).toMatch(/libsodium \d.*musl /);
    for (const folder of ['agent', 'iam']) {
      const licenses = readFileSync(join(root, 'packages', folder, 'dist/third-party.txt'), 'utf8');
      const bundled = [...licenses.matchAll(/^(\S+ \d+\.\d+\.\d+) \([\w.-]+\)$/gm)].map(([, name]) => name);
      expect(bundled.length).toBeGreaterThan(5);
      expect(names).toEqual(expect.arrayContaining(bundled));
    }
    expect(
      names.filter((name: string) =>
        /^(esbuild|vitest|typescript|playwright-core|@(biomejs|types|lydell))\b/.test(name),
      ),
    ).toEqual([]);
    expect(components.filter((component: object) => !('licenses' in component))).toEqual([]);
  });

  it('is the same each time', async () => {
    expect(await billOfMaterials()).toBe(await billOfMaterials());
  });
});

it('the audit asks for what is compiled in, and fails if the registry knows a vulnerability of it', async () => {
  const asked: Record<string, string[]>[] = [];
  const registry = createServer(async (request, response) => {
    if (request.method === 'POST') {
      asked.push((await json(request.pipe(createGunzip()))) as Record<string, string[]>);
      const advisory = { id: 1, url: 'https://example/1', title: 'jose breaks', severity: 'high' };
      response.end(JSON.stringify({ jose: [{ ...advisory, vulnerable_versions: '*' }] }));
    } else {
      // Which versions there are, of it and of what depends on it.
      const name = decodeURIComponent(request.url?.slice(1) ?? '');
      const versions = Object.fromEntries(
        (asked[0]?.[name] ?? []).map((version) => [version, { name, version }]),
      );
      response.end(JSON.stringify({ name, 'dist-tags': {}, versions }));
    }
  });
  registry.listen(0, '127.0.0.1');
  onTestFinished(() => void registry.close());
  await once(registry, 'listening');
  const { port } = registry.address() as AddressInfo;
  const npm = spawn('npm', ['run', 'audit'], {
    cwd: root,
    env: { ...process.env, npm_config_registry: `http://127.0.0.1:${port}` },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(await text(npm.stdout)).toContain('jose breaks');
  expect(npm.exitCode ?? (await once(npm, 'exit'))[0]).toBe(1);
  expect(asked[0]).toMatchObject({ undici: [expect.any(String)], depd: ['2.0.0', '1.1.2'] });
  expect(asked[0]).not.toHaveProperty('vitest');
});

it.skipIf(spawnSync('ssh-keygen', ['-?']).error !== undefined)(
  'a signature is good for the file and the key that docs/release.md names, and for no other',
  async () => {
    const key = join(sandbox.folder, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const signers = join(sandbox.folder, 'release-signers');
    writeFileSync(signers, `release@jeton namespaces="file" ${readFileSync(`${key}.pub`, 'utf8')}`);
    const checksums = join(sandbox.folder, 'jeton-0.2.0-checksums.txt');
    writeFileSync(checksums, 'a list\n');
    await sign(checksums, key);

    const page = readFileSync(join(root, 'docs/release.md'), 'utf8');
    const command = /^ {4}ssh-keygen (-Y verify .*) < (\S+)$/m.exec(page);
    const verify = (list: string) =>
      spawnSync('ssh-keygen', command?.[1]?.split(' ') ?? [], { cwd: sandbox.folder, input: list });
    expect(verify('a list\n').status).toBe(0);
    expect(verify('another list\n').status).not.toBe(0);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${key}-of-another`]);
    await sign(checksums, `${key}-of-another`);
    expect(verify('a list\n').status).not.toBe(0);
  },
);
