import { describe, expect, it, onTestFinished } from 'vitest';
import { startScriptedAgent } from '../test/scripted-agent.ts';
import { accounts, getToken } from './index.ts';

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
    await getToken({
      audience: 'a b',
      applicationHint: 'job',
      scope: 'x y',
      account: 'wlcg',
      minValid: 60,
      socketPath,
    });
    await getToken({
      issuer: 'https://iam.example/',
      scope: '',
      audience: '',
      forceNew: true,
      socketPath,
    });
    expect(agent.requests).toEqual([
      '{"request":"access_token","min_valid_period":60,"account":"wlcg","scope":"x y","application_hint":"job","audience":"a b"}',
      '{"request":"access_token","min_valid_period":-1,"issuer":"https://iam.example/"}',
    ]);
  });

  it('comes with its issuer and the second at which it expires', async () => {
    const { socketPath } = await start({ ...answer, info: 'without storage.read:/' });
    expect(await getToken({ account: 'wlcg', socketPath })).toEqual({
      token: 'abc',
      issuer: 'https://iam.example/',
      expiresAt: 1700000000,
      info: 'without storage.read:/',
    });
  });

  it('may come with a time in a string, or alone', async () => {
    const text = await start({ ...answer, expires_at: '1700000000' });
    expect(await getToken({ account: 'a', socketPath: text.socketPath })).toMatchObject({
      expiresAt: 1700000000,
    });
    const alone = await start({ status: 'success', access_token: 'abc' });
    expect(await getToken({ account: 'a', socketPath: alone.socketPath })).toMatchObject({
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
    await expect(getToken({ account: 'wlcg', socketPath })).rejects.toMatchObject({
      code: 'malformed',
      message: `The answer of the agent has no usable ${member}`,
    });
  });
});

it('the loaded accounts are a list of names', async () => {
  const { socketPath } = await start({ status: 'success', info: ['b', 'a'] });
  expect(await accounts({ socketPath })).toEqual(['b', 'a']);
  const other = await start({ status: 'success', info: 'b a' });
  await expect(accounts({ socketPath: other.socketPath })).rejects.toMatchObject({
    code: 'malformed',
  });
});

describe('options that cannot be meant are a TypeError, before anything is sent', () => {
  it.each<[object | null | undefined, string]>([
    [undefined, 'getToken: options have to be an object'],
    [null, 'getToken: options have to be an object'],
    [{}, 'getToken: either account or issuer has to be given'],
    [{ account: 'a', issuer: 'https://iam.example/' }, 'getToken: either account or issuer has to be given'],
    [{ account: '' }, 'getToken: account has to be a string that is not empty'],
    [{ account: 1 }, 'getToken: account has to be a string that is not empty'],
    [{ account: 'a', scope: ['openid'] }, 'getToken: scope has to be a string'],
    [{ account: 'a', minValid: -1 }, 'getToken: minValid has to be a whole number of seconds, not negative'],
    [
      { account: 'a', minValid: '60' },
      'getToken: minValid has to be a whole number of seconds, not negative',
    ],
    [{ account: 'a', forceNew: 1 }, 'getToken: forceNew has to be true or false'],
    [{ account: 'a', signal: {} }, 'getToken: signal has to be an AbortSignal'],
    [
      { account: 'a', timeoutMs: Number.POSITIVE_INFINITY },
      'getToken: timeoutMs has to be a number of milliseconds between 0 and 2147483647',
    ],
    // With a scope that is not looked at, the token would be good for more than was meant.
    [
      { account: 'a', scopes: 'openid' },
      "getToken: there is no option 'scopes', only socketPath, timeoutMs, signal, account, issuer, scope, audience, minValid, forceNew, applicationHint",
    ],
    [{ account: 'a', constructor: 'x' }, "getToken: there is no option 'constructor', only socketPath"],
  ])('%j', async (options, message) => {
    const agent = await start(answer);
    const outcome = Reflect.apply(getToken, undefined, [
      options && 'account' in options ? { ...options, socketPath: agent.socketPath } : options,
    ]);
    await expect(outcome).rejects.toThrow(TypeError);
    await expect(outcome).rejects.toThrow(message);
    expect(agent.requests).toEqual([]);
  });

  it('also of accounts', async () => {
    await expect(Reflect.apply(accounts, undefined, [{ account: 'a' }])).rejects.toThrow(
      "accounts: there is no option 'account', only socketPath, timeoutMs, signal",
    );
  });
});
