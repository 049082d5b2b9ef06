import { describe, expect, it, onTestFinished } from 'vitest';
import { startScriptedAgent } from '../test/scripted-agent.ts';
import { getAccessToken, getIdToken, getLoadedAccounts } from './index.ts';

const start = async (answer: object) => {
  const agent = await startScriptedAgent(answer);
  onTestFinished(() => agent.close());
  return agent;
};
const answer = {
  status: 'success',
  access_token: 'abc',
  issuer: 'https://iam.example/',
  expires_at: 1700000000,
};

describe('an access token', () => {
  it('is asked for with the members and their order that the C library sends', async () => {
    const agent = await start(answer);
    const { socketPath } = agent;
    await getAccessToken({
      audience: 'a b',
      applicationHint: 'job',
      scope: 'x y',
      account: 'wlcg',
      minValidPeriod: 60,
      socketPath,
    });
    await getAccessToken({
      issuer: 'https://iam.example/',
      scope: '',
      audience: '',
      forceNew: true,
      socketPath,
    });
    await getAccessToken({ account: 'wlcg', hasTerminal: true, socketPath });
    expect(agent.requests).toEqual([
      '{"request":"access_token","min_valid_period":60,"account":"wlcg","scope":"x y","application_hint":"job","audience":"a b"}',
      '{"request":"access_token","min_valid_period":-1,"issuer":"https://iam.example/"}',
      '{"request":"access_token","min_valid_period":0,"account":"wlcg","has_terminal":1}',
    ]);
  });

  it('comes with its issuer and the second at which it expires', async () => {
    const { socketPath } = await start({ ...answer, info: 'without storage.read:/' });
    expect(await getAccessToken({ account: 'wlcg', socketPath })).toEqual({
      token: 'abc',
      issuer: 'https://iam.example/',
      expiresAt: 1700000000,
      info: 'without storage.read:/',
    });
  });

  it('may come with a time in a string, or alone', async () => {
    const text = await start({ ...answer, expires_at: '1700000000' });
    expect(await getAccessToken({ account: 'a', socketPath: text.socketPath })).toMatchObject({
      expiresAt: 1700000000,
    });
    const alone = await start({ status: 'success', access_token: 'abc' });
    expect(await getAccessToken({ account: 'a', socketPath: alone.socketPath })).toMatchObject({
      issuer: '',
      expiresAt: 0,
    });
  });

  it.each([
    ['access_token', { access_token: undefined }],
    ['access_token', { access_token: '' }],
    ['access_token', { access_token: 'abc\nX-Admin: yes' }],
    ['access_token', { access_token: ['abc'] }],
    ['issuer', { issuer: 'https://iam.example/\nrm' }],
    ['expires_at', { expires_at: 'soon' }],
    ['expires_at', { expires_at: -1 }],
  ])('is refused when its %s is not usable: %j', async (member, change) => {
    const { socketPath } = await start({ ...answer, ...change });
    await expect(getAccessToken({ account: 'wlcg', socketPath })).rejects.toMatchObject({
      code: 'malformed',
      message: `The answer of the agent has no usable ${member}`,
    });
  });
});

it('an ID token is asked for as the C program does', async () => {
  const agent = await start({ status: 'success', id_token: 'idt', issuer: 'https://iam.example/' });
  const { socketPath } = agent;
  const { token } = await getIdToken({ account: 'wlcg', applicationHint: 'oidc-token', socketPath });
  expect(token).toBe('idt');
  expect(agent.requests).toEqual(['{"request":"id_token","account":"wlcg","application_hint":"oidc-token"}']);
});

it('the loaded accounts are a list of names', async () => {
  const { socketPath } = await start({ status: 'success', info: ['b', 'a'] });
  expect(await getLoadedAccounts({ socketPath })).toEqual(['b', 'a']);
  const other = await start({ status: 'success', info: 'b a' });
  await expect(getLoadedAccounts({ socketPath: other.socketPath })).rejects.toMatchObject({
    code: 'malformed',
  });
});
