/** Programs of others that read a token, as Debian has them: what docs/clients.md says of each. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { root } from '../support/documented.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { startServer } from '../support/servers/web-server.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = new Sandbox();
  const { metadata } = await startIssuer({ '/token': tokens('the-token') });
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
  await startAgent(sandbox);
  await sandbox.run('oidc-add', ['--pw-env', '--skip-check', 'wlcg'], withPassword);
});
afterEach(() => sandbox.close());

/** A WebDAV server with one file of 3 bytes, which notes the tokens that it gets. */
const startStorage = () =>
  startServer(sandbox, ({ headers }, response) => {
    const file = `<d:prop><d:getcontentlength>3</d:getcontentlength><d:resourcetype/></d:prop>`;
    const status = '<d:status>HTTP/1.1 200 OK</d:status>';
    const found = `<d:response><d:href>/x</d:href><d:propstat>${file}${status}</d:propstat></d:response>`;
    response
      .writeHead(207)
      .end(`<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">${found}</d:multistatus>`);
    return headers.authorization;
  });

const rclone = '/usr/bin/rclone';
describe.skipIf(!existsSync(rclone))('rclone (needs rclone)', () => {
  it('gets its tokens by bearer_token_command', async () => {
    const { seen, host } = await startStorage();
    const remote = `:webdav,url='http://${host}',bearer_token_command='oidc-token wlcg':`;
    const outcome = await sandbox.run(rclone, ['--config', '/dev/null', 'lsf', remote]);
    expect(outcome).toMatchObject({ code: 0, stdout: 'x\n' });
    expect(new Set(seen)).toEqual(new Set(['Bearer the-token']));
  });

  it('reads neither BEARER_TOKEN nor the file of oidc-tokensh', async () => {
    const { seen, host } = await startStorage();
    const command = [rclone, '--config', '/dev/null', 'lsf', `:webdav,url='http://${host}':`];
    expect(await sandbox.run('oidc-tokensh', ['--env', '--', ...command])).toMatchObject({ code: 0 });
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });
});

const python = '/usr/bin/python3';
const hasGfal = spawnSync(python, ['-c', 'import gfal2'], { stdio: 'ignore' }).status === 0;
describe.skipIf(!hasGfal)('gfal2 (needs python3-gfal2 and gfal2-plugin-http)', () => {
  it.each([
    ['reads BEARER_TOKEN of oidc-tokensh --env', ['--env'], 'Bearer the-token'],
    ['does not read the file', [], undefined],
  ])('%s', async (_, options, token) => {
    const { seen, host } = await startStorage();
    const program = 'import gfal2, sys; print(gfal2.creat_context().stat(sys.argv[1]).st_size)';
    const command = [python, '-c', program, `http://${host}/x`];
    const outcome = await sandbox.run('oidc-tokensh', [...options, '--', ...command]);
    expect(outcome).toMatchObject({ code: 0, stdout: '3\n' });
    expect(new Set(seen)).toEqual(new Set([token]));
  });
});

describe.skipIf(!hasDebianSuite)('a program that is built on liboidc-agent 4 (needs oidc-agent-cli)', () => {
  it('finds the agent by the line for ~/.profile alone', async () => {
    const page = readFileSync(join(root, 'docs/oidc-agent.md'), 'utf8');
    const [, line = ''] = /^```sh\n(export OIDC_SOCK=.*)\n/m.exec(page) ?? [];
    const shell = { env: { OIDC_SOCK: undefined, OIDCD_PID: undefined } };
    expect(await sandbox.run('oidc-agent', [], shell)).toMatchObject({ code: 0 });
    try {
      const load = ['--pw-env', '--skip-check', 'wlcg'];
      const options = { env: { ...shell.env, ...withPassword.env } };
      expect(await sandbox.run('oidc-add', load, options)).toMatchObject({ code: 0 });
      // What --status advises is the same place.
      const [, advised = ''] =
        /(export OIDC_SOCK=.*)/.exec((await sandbox.run('oidc-agent', ['--status'], shell)).stderr) ?? [];
      const ask = (before: string) =>
        sandbox.run('/bin/sh', ['-c', `${before}\n/usr/bin/oidc-token wlcg`], { env: shell.env });
      expect((await ask(':')).code).toBe(1);
      for (const each of [line, advised]) {
        expect(await ask(each)).toMatchObject({ code: 0, stdout: 'the-token\n' });
      }
    } finally {
      await sandbox.run('oidc-agent', ['-k'], shell);
    }
  });
});
