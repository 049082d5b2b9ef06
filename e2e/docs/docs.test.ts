/** What the documentation says is so: its links lead somewhere, its options exist, its example client works. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { startIam } from '../support/servers/iam.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (page: string) => readFileSync(join(root, page), 'utf8');
const hasPython = spawnSync('python3', ['--version']).status === 0;
const sandbox = new Sandbox();
afterAll(() => sandbox.close());

describe('links', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'SECURITY.md',
    ...namesIn('docs').map((name) => `docs/${name}`),
  ];

  it.each([...pages, ...namesIn('packages/iam').map((name) => `packages/iam/${name}`)])(
    'of %s lead to a file, and to a heading of it',
    (page) => {
      const links = [...read(page).matchAll(/\]\((?!\w+:)([^)#]*)(?:#([^)]*))?\)/g)];
      const dead = links.filter(([, path = '', heading]) => {
        const target = path === '' ? join(root, page) : join(root, dirname(page), path);
        if (!existsSync(target)) return true;
        return heading !== undefined && !headingsOf(readFileSync(target, 'utf8')).includes(heading);
      });
      expect(dead.map(([link]) => link)).toEqual([]);
    },
  );

  it.each(pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md'))(
    'of the index lead to %s',
    (page) => {
      expect(read('docs/README.md')).toContain(`](${page.slice('docs/'.length)})`);
    },
  );
});

describe('docs/security.md', () => {
  const page = read('docs/security.md');
  const attacks = namesIn('e2e/attacks').filter((name) => name.endsWith('.test.ts'));

  it('names existing tests', () => {
    const named = [...page.matchAll(/\]\(\.\.\/(e2e\/[^)]+)\) "([^"]+)"/g)];
    expect(named.length).toBeGreaterThan(30);
    const missing = named.filter(([, file = '', name = '']) => !read(file).includes(`'${name}`));
    expect(missing.map(([row]) => row)).toEqual([]);
  });

  it.each(attacks)('names %s', (name) => {
    expect(page).toContain(`e2e/attacks/${name}`);
  });
});

describe('options', () => {
  it.each([
    ['oidc-agent', [], 'docs/oidc-agent.md'],
    ['oidc-gen', [], 'docs/oidc-gen.md'],
    ['oidc-add', [], 'docs/oidc-add.md'],
    ['oidc-token', [], 'docs/oidc-token.md'],
    ['oidc-tokensh', [], 'docs/oidc-tokensh.md'],
    ['jeton', ['inspect'], 'docs/jeton.md'],
    ['jeton-iam', [], 'docs/iam-reference.md'],
  ] as const)('%s %s: --help and %s have the same', async (program, command, page) => {
    const { stdout } = await sandbox.run(program, [...command, '--help']);
    const explained = optionsIn(stdout).filter((name) => !['--help', '--usage', '--version'].includes(name));
    expect(explained).not.toEqual([]);
    const described = sectionOf(read(page), [program, ...command].join(' '))
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .flatMap((row) => optionsIn(row.split('|')[1] ?? ''));
    expect([...new Set(described)].sort()).toEqual([...new Set(explained)].sort());
  });
});

describe('docs/jeton.md', () => {
  it('has every command, and every option of every command', async () => {
    const page = read('docs/jeton.md');
    const { stdout } = await sandbox.run('jeton', ['--help']);
    const commands = [...stdout.matchAll(/^ {2}([a-z-]+) {2,}[A-Z]/gm)].map(([, name = '']) => name);
    expect(commands).toContain('device-code');
    for (const command of commands) {
      expect(page).toContain(`| [\`${command}\`](#`);
      const help = await sandbox.run('jeton', [command, '--help']);
      const options = optionsIn(help.stdout).filter((name) => !['--usage', '--version'].includes(name));
      expect(options.filter((name) => !optionsIn(page).includes(name))).toEqual([]);
    }
  });
});

describe.skipIf(!hasPython)('the example client of docs/protocol.md (needs python3)', () => {
  const program = join(sandbox.folder, 'token.py');

  beforeAll(async () => {
    const [, source = ''] = /```python\n(.*?)```/s.exec(read('docs/protocol.md')) ?? [];
    writeFileSync(program, source);
    const { issuer } = await startIam(sandbox);
    await startAgent(sandbox);
    const args = ['-w', 'device', '--iss', issuer, '--scope', 'max', '--pw-env', '--prompt=none', 'wlcg'];
    const { code, stderr } = await sandbox.run('oidc-gen', args, { env: { OIDC_ENCRYPTION_PW: 'secret' } });
    expect(code, stderr).toBe(0);
  });

  it('prints the token that oidc-token prints', async () => {
    const { stdout, stderr, code } = await python('wlcg');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toBe((await sandbox.run('oidc-token', ['wlcg'])).stdout);
  });

  it('prints error and hints of an account that does not exist', async () => {
    const { stderr, code } = await python('nobody');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: No account configured with that short name\nhint: /);
  });

  const python = (account: string) => sandbox.run('/usr/bin/env', ['python3', program, account]);
});

describe('the known answer of docs/protocol.md', () => {
  const value = (what: string) =>
    new RegExp(`^\\| ${what} \\| \`(.*)\` \\|$`, 'm').exec(read('docs/protocol.md'))?.[1] ?? '';
  const hex = (what: string) => Buffer.from(value(what), 'hex');

  it('is what the two sides compute', () => {
    const client = new EncryptedChannel(hex("client's secret key"));
    const agent = new EncryptedChannel(hex("agent's secret key"));
    expect(client.publicKey).toBe(value("client's public key"));
    expect(agent.publicKey).toBe(value("agent's public key"));
    client.setPeer(agent.publicKey);
    agent.setPeer(client.publicKey);
    expect(client.seal(value('plaintext'), hex('nonce'))).toBe(value('message'));
    expect(agent.open(value('message'))).toBe(value('plaintext'));
  });
});

function namesIn(folder: string): string[] {
  return readdirSync(join(root, folder)).filter((name) => name.endsWith('.md'));
}

function optionsIn(text: string): string[] {
  return [...text.matchAll(/(?<![\w-])--[a-z][\w-]*/gi)].map(([name]) => name);
}

/** The part of a page below the heading of that name, or all of it. */
function sectionOf(page: string, heading: string): string {
  const [, section] = page.split(`\n## ${heading}\n`);
  return section?.split('\n## ')[0] ?? page;
}

/** The anchors of a page's headings, as GitHub makes them. */
function headingsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
