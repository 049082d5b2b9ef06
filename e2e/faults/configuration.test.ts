/** The file `config`, as every program meets it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { endProcess } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';

let sandbox: Sandbox;
let config: string;
beforeEach(() => {
  sandbox = new Sandbox();
  config = join(sandbox.accounts, 'config');
});
afterEach(() => sandbox.close());

describe('a file config that is broken', () => {
  it.each([
    ['oidc-agent', []],
    ['oidc-gen', ['--prompt=none', 'new']],
    ['oidc-add', ['--pw-env', 'wlcg']],
    ['oidc-token', ['wlcg']],
  ] as const)('ends %s with the place of the fault, before it does anything', async (program, args) => {
    const { metadata } = await startIssuer({ '/token': tokens('token') });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    await startAgent(sandbox);
    writeFileSync(config, '{\n  "oidc-agent": { "confirm" true }\n}\n');
    expect(await sandbox.run(program, args, withPassword)).toEqual({
      stdout: '',
      stderr: `Error: error in configuration file: could not parse json\nhint: see ${config}:2:29\n`,
      code: 78,
      signal: undefined,
    });
  });
});

it('OIDC_USER_CONFIG=/dev/null turns the file off', async () => {
  writeFileSync(config, 'nonsense');
  const { code } = await sandbox.run('oidc-token', ['wlcg'], { env: { OIDC_USER_CONFIG: '/dev/null' } });
  expect(code).toBe(69);
});

it('the section of the agent is heeded, and an option wins over it', async () => {
  const socket = join(sandbox.folder, 'sock');
  writeFileSync(
    config,
    JSON.stringify({ 'oidc-agent': { lifetime: 60, bind_address: socket, autoload: false } }),
  );
  const start = async (...args: string[]) => {
    const { stdout } = await sandbox.run('oidc-agent', [...args, '--json']);
    const { socket, dpid } = JSON.parse(stdout);
    const status = await sandbox.run('oidc-agent', ['--status'], { env: { OIDC_SOCK: socket } });
    await endProcess(Number(dpid));
    return { socket, status: status.stdout };
  };
  const configured = await start();
  expect(configured.socket).toBe(socket);
  expect(configured.status).toMatch(/Lifetime:\s+60 seconds/);
  expect(configured.status).toMatch(/Autoload:\s+false/);
  expect((await start('--lifetime=5')).status).toMatch(/Lifetime:\s+5 seconds/);
});
