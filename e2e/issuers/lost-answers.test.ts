/** The issuer has received the request, but its answer does not reach the agent. */
import { AgentError, getToken } from '@jeton/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { loadAccount, makeAccount, refreshTokenOnDisk, saveRefreshToken } from '../support/agent/logins.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { refusal, startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { WatchedIam } from '../support/servers/watched-iam.ts';

let sandbox: Sandbox;
let agent: RunningAgent;
beforeEach(async () => {
  sandbox = new Sandbox();
  agent = await startAgent(sandbox);
});
afterEach(() => sandbox.close());

/** An issuer with a loaded account, whose agent knows whether the issuer replaces refresh tokens. */
async function startWith(rotation: 'none' | 'rotate' | 'detect-reuse'): Promise<WatchedIam> {
  const iam = await WatchedIam.start(sandbox, ['wlcg'], { behaviour: { rotation } });
  await makeAccount(sandbox, iam, 'wlcg');
  await loadAccount(sandbox, agent.socket, 'wlcg');
  return iam;
}

const force = () => sandbox.run('oidc-token', ['-f', 'wlcg']);
const aToken = { stdout: expect.stringMatching(/^ey.*\n$/), stderr: '', code: 0 };

describe('a lost answer', () => {
  it.each(['before', 'after'] as const)(
    '(%s the work) of an issuer that keeps the refresh token is asked for again, and no client notices',
    async (moment) => {
      const iam = await startWith('none');
      const held = iam.hold('wlcg', moment);
      const token = force();
      await held.arrived;
      held.drop();
      expect(await token).toMatchObject(aToken);
      expect(iam.refreshesOf('wlcg')).toHaveLength(3);
    },
  );

  it('of an issuer that replaces refresh tokens is not requested again: the error says what may have happened', async () => {
    const iam = await startWith('detect-reuse');
    const held = iam.hold('wlcg', 'after');
    const token = force();
    await held.arrived;
    held.drop();
    const { stdout, stderr, code } = await token;
    expect([stdout, code]).toEqual(['', 69]);
    expect(stderr).toMatch(
      /^Error: .*\n(hint: .*\n)*hint: the issuer may have replaced the refresh token.*\nhint: .*oidc-gen --reauthenticate -w device wlcg\n$/,
    );
    expect(iam.refreshesOf('wlcg')).toHaveLength(2);
    expect(iam.control.revokedFamilies).toEqual([]);

    const again = await force();
    expect([again.stdout, again.code]).toEqual(['', 77]);
    expect(again.stderr).toMatch(
      /^Error: invalid_token.*\nhint: .*oidc-gen --reauthenticate -w device wlcg\n$/,
    );
  });

  it('is harmless if the issuer had not processed the request: the next request shows it', async () => {
    const iam = await startWith('detect-reuse');
    const held = iam.hold('wlcg', 'before');
    const token = force();
    await held.arrived;
    held.drop();
    expect(await token).toMatchObject({ stdout: '', code: 69 });
    expect(await force()).toMatchObject(aToken);
    expect(await refreshTokenOnDisk(sandbox, 'wlcg')).toBe(iam.newest('wlcg'));
  });

  it('is harmless if another program has saved a new login meanwhile', async () => {
    const iam = await startWith('detect-reuse');
    const held = iam.hold('wlcg', 'after');
    const token = force();
    await held.arrived;
    const login = await iam.logIn('wlcg');
    await saveRefreshToken(sandbox, iam, 'wlcg', login);
    held.drop();
    expect(await token).toMatchObject(aToken);
    expect(iam.refreshesOf('wlcg').at(-1)?.sent).toBe(login);
    expect(await refreshTokenOnDisk(sandbox, 'wlcg')).toBe(iam.newest('wlcg'));
  });
});

describe('a dead refresh token', () => {
  it.each([
    ['invalid_grant', 400],
    ['invalid_token', 401],
  ])('(%s) is the answer to all clients that wait, and to each that asks then', async (error, status) => {
    const { metadata } = await startIssuer({ '/token': [tokens('one'), refusal(error, status)] });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    expect(await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], withPassword)).toMatchObject({ code: 0 });
    const waiting = Array.from({ length: 20 }, (_, index) =>
      getToken({
        account: 'wlcg',
        scope: index % 2 === 0 ? 'storage.read:/' : 'compute.read',
        socketPath: agent.socket,
      }).catch((reason: AgentError) => reason),
    );
    for (const refused of await Promise.all(waiting)) {
      expect(refused).toBeInstanceOf(AgentError);
      expect(refused).toMatchObject({
        message: expect.stringContaining(error),
        info: expect.stringMatching(/^hint: .*oidc-gen --reauthenticate -w device wlcg\n$/),
      });
    }
    expect((await force()).stderr).toMatch(/oidc-gen --reauthenticate -w device wlcg\n$/);
  });
});
