/** For each error that a user can fix, the program prints one line of error, then hints. */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { nobody, nobodyCanRun } from '../support/computer/other-user.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { endProcess } from '../support/processes.ts';
import { startIssuer } from '../support/servers/scripted-issuer.ts';

const sandbox = new Sandbox();
beforeAll(async () => {
  await startAgent(sandbox);
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: 'https://localhost:1/' });
  writeFileSync(join(sandbox.folder, 'broken.json'), '{"client_id":');
  writeFileSync(join(sandbox.folder, 'list.json'), '[]');
});
afterAll(() => sandbox.close());

const issuer = '--iss=https://localhost:1/';

describe('oidc-gen', () => {
  it.each<[string[], RegExp, RegExp, number]>([
    [['-w', 'device', 'new'], /issuer url not given/, /list the known issuers: jeton issuers/, 64],
    [['--rename=new'], /have to specify a shortname/, /oidc-gen --rename=new NAME/, 64],
    [['--rename=wlcg', 'wlcg'], /'wlcg' already exists/, /another name, or delete .*: oidc-gen -d wlcg/, 1],
    [['--rename=x', '--no-save', 'wlcg'], /cannot be combined with no-save/, /leave out --no-save/, 64],
    [['-u', 'wlcg', '--no-save'], /cannot be combined with no-save/, /leave out --no-save/, 64],
    [['--reauthenticate'], /have to specify a shortname/, /oidc-gen --reauthenticate NAME/, 64],
    [['--rt-env=UNSET', issuer, 'new'], /UNSET not set!/, /export UNSET=/, 1],
    [['--only-at', '--mytoken-url=https://localhost:1/'], /--only-at cannot/, /oidc-token NAME/, 64],
    [['-p', '../x'], /not an account short name/, /such as wlcg/, 1],
    [['-f', 'gone.json', issuer, 'new'], /file does not exist/, /there is no file \/.*gone\.json/, 1],
    [['-f', 'broken.json', issuer, 'new'], /could not parse json/, /broken\.json has to be JSON/, 1],
    [['-f', 'list.json', issuer, 'new'], /not an account file/, /list\.json has to be JSON/, 1],
    [['-p', 'wlcg', '--pw-cmd=echo x'], /wrong password/, /from --pw-env or --pw-cmd does not decrypt/, 77],
  ])('%j', async (args, error, hint, code) => {
    const outcome = await sandbox.run('oidc-gen', ['--pw-env=PW', ...args], {
      env: { PW: 'wrong' },
      cwd: sandbox.folder,
    });
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toMatch(new RegExp(`^Error: .*${error.source}.*\nhint: .*${hint.source}`, 'm'));
  });

  it.skipIf(!nobodyCanRun)(
    'tells of a folder that nothing can be written to before the login (as root only)',
    async () => {
      const { url, requests } = await startIssuer();
      const [folder, place] = [join(sandbox.folder, 'read-only'), join(sandbox.folder, 'place')];
      for (const made of [folder, place]) mkdirSync(made);
      chmodSync(sandbox.folder, 0o711);
      chownSync(place, nobody.uid, nobody.gid);
      const env = { ...withPassword.env, OIDC_CONFIG_DIR: folder, OIDC_SOCK: join(place, 'socket') };
      const run = (program: string, args: string[]) => sandbox.run(program, args, { env, ...nobody });
      const { dpid } = JSON.parse((await run('oidc-agent', ['-a', env.OIDC_SOCK, '--json'])).stdout);
      sandbox.onClose(() => endProcess(Number(dpid)));
      const args = ['-w', 'device', '--iss', url, '--scope=openid', '--pw-env', 'new'];
      expect(await run('oidc-gen', args)).toMatchObject({
        stderr: `Error: could not write to the agent directory ${folder}: permission denied (EACCES)\nhint: set OIDC_CONFIG_DIR to a directory that you can write to\n`,
        code: 1,
      });
      expect(requests).toEqual([]);
    },
  );
});

it('oidc-add', async () => {
  expect(await sandbox.run('oidc-add', ['-r', 'https://localhost:1/'])).toMatchObject({
    stderr: expect.stringMatching(
      /^Error: Cannot use '--remove' with an issuer url .*\nhint: name the account; .*oidc-add -l\n$/,
    ),
  });
});

it('oidc-agent', async () => {
  expect(await sandbox.run('oidc-agent', ['-a', '/proc/x'])).toMatchObject({
    stderr: expect.stringMatching(
      /^Error: Could not bind ipc-socket\nhint: .*\nhint: choose another place: oidc-agent --socket-path=PATH\n$/,
    ),
  });
});

it('oidc-prompt', async () => {
  expect(await sandbox.run('oidc-prompt', ['mytoken-confirm', 'T', '<p>'])).toMatchObject({
    stderr: "Error: 'text' argument malformed\nhint: with mytoken-confirm it has to be LENGTH:BASE64\n",
  });
});
