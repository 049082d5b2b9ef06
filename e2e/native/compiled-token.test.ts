/** The compiled oidc-token, beside the programs that it was built with: what it hands over goes on as if nothing had happened. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD } from '../support/agent/accounts.ts';
import { agentsOf, startAgent } from '../support/agent/agent.ts';
import { hasCompiled, installPrograms } from '../support/computer/installed-programs.ts';
import { hasDebianSuite, type Suite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { endProcess } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { Terminal } from '../support/user/terminal.ts';

const suites: readonly Suite[] = hasDebianSuite ? ['ours', 'c'] : ['ours'];

describe.skipIf(!hasCompiled)('the compiled oidc-token (npm run build:native)', () => {
  let sandbox: Sandbox;
  let oidcToken: string;
  beforeEach(async () => {
    sandbox = new Sandbox();
    sandbox.onClose(() => Promise.all(agentsOf(sandbox).map((pid) => endProcess(pid))));
    oidcToken = join(installPrograms(sandbox), 'oidc-token');
    const { metadata } = await startIssuer({ '/token': tokens('token') });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
  });
  afterEach(() => sandbox.close());

  it.each(suites)('gets a token from the agent (%s) of either suite', async (suite) => {
    await startAgent(sandbox, { suite });
    const env = { OIDC_ENCRYPTION_PW: PASSWORD };
    expect(await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], { env })).toMatchObject({ code: 0 });
    expect(await sandbox.run(oidcToken, ['wlcg'])).toMatchObject({ stdout: 'token\n', stderr: '', code: 0 });
  });

  it('has the password of an account asked for at a terminal, and prints the token', async () => {
    await startAgent(sandbox);
    const terminal = new Terminal(sandbox, oidcToken, ['wlcg']);
    await terminal.waitFor(/Enter decryption password for account config 'wlcg': /);
    terminal.type(PASSWORD);
    await terminal.waitFor(/^token$/m);
    expect(await terminal.exit()).toBe(0);
  });

  it('does not ask where there is no terminal', async () => {
    await startAgent(sandbox, { args: ['--no-autoload'] });
    expect(await sandbox.run(oidcToken, ['wlcg'])).toMatchObject({
      code: 77,
      stdout: '',
      stderr: 'Error: account not loaded\nhint: load it: oidc-add wlcg\n',
    });
  });

  it('has the agent started where that is wanted', async () => {
    const env = { OIDC_AGENT_AUTOSTART: '1' };
    const { stderr } = await sandbox.run(oidcToken, ['unknown'], { env });
    expect(stderr).toMatch(/^Error: No account configured with that short name\n/);
    expect(agentsOf(sandbox)).toHaveLength(1);
  });
});
