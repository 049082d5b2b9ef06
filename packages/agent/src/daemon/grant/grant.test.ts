import { describe, expect, test } from 'vitest';
import { grantAt, tokens } from '../../../test/grant-at.ts';
import type { Answer } from '../../../test/scripted-issuer.ts';
import { Secret } from '../../secret.ts';

describe('asking for a token', () => {
  test('however many ask for the same at once, the issuer is asked once', async () => {
    const { get, forms } = await grantAt([tokens('one'), tokens('two')]);
    const sameParameters = ['a b', 'b a', ' a  b '].map((scope) => ({ scope }));
    const all = Array.from({ length: 30 }, (_, index) => get(sameParameters[index % sameParameters.length]));
    expect(new Set(await Promise.all(all))).toEqual(new Set(['one']));
    expect(forms()).toHaveLength(1);
  });

  test('the same again comes from memory, other scopes and audiences from the issuer', async () => {
    const { get, forms } = await grantAt([tokens('all'), tokens('narrow'), tokens('for x')]);
    expect([await get(), await get()]).toEqual(['all', 'all']);
    const narrow = { scope: 'storage.read:/' };
    expect([await get(narrow), await get(narrow)]).toEqual(['narrow', 'narrow']);
    expect([await get({ audience: 'x' }), await get({ audience: 'x' })]).toEqual(['for x', 'for x']);
    expect(forms()).toMatchObject([
      { scope: 'openid storage.read:/' },
      { scope: 'storage.read:/' },
      { resource: 'x' },
    ]);
  });

  test('one that is not valid long enough is not given', async () => {
    const { get } = await grantAt([tokens('short', { expires_in: 50 }), tokens('long')]);
    expect(await get()).toBe('short');
    expect(await get({}, 40)).toBe('short');
    expect(await get({}, 60)).toBe('long');
  });

  test('-1 asks for a new one in any case', async () => {
    const { get } = await grantAt([tokens('one'), tokens('two')]);
    expect(await get()).toBe('one');
    expect(await get({}, -1)).toBe('two');
    expect(await get()).toBe('two');
  });

  test('a failure is remembered for a moment only', async () => {
    const { get, clock } = await grantAt([{ status: 503 }, tokens('at last')]);
    await expect(get()).rejects.toMatchObject({ kind: 'unavailable' });
    await clock.pass(3);
    expect(await get()).toBe('at last');
  });

  test('scopes that the issuer left out are named to a client that asked for them', async () => {
    const { grant } = await grantAt(tokens('t', { scope: 'openid' }));
    const asked = await grant.token({ scope: 'openid storage.write:/' }, 0);
    expect(asked.remarks).toEqual(["the issuer left out 'storage.write:/'"]);
    expect((await grant.token({}, 0)).remarks).toEqual([]);
  });

  test('a client that asked for fewer scopes gets a warning when the issuer gives more', async () => {
    const { grant } = await grantAt(tokens('t', { scope: 'openid storage.write:/' }));
    const asked = await grant.token({ scope: 'openid' }, 0);
    expect(asked.remarks).toEqual(["the issuer gave more than was requested: 'storage.write:/'"]);
  });
});

describe('a client that goes away', () => {
  /** An issuer that answers when the test says so. */
  function slowIssuer() {
    const asked: { readonly answer: () => void; readonly form: Record<string, string> }[] = [];
    const arrivals: (() => void)[] = [];
    const answer: Answer = ({ form }, response) => {
      asked.push({ form, answer: () => response.end(JSON.stringify({ access_token: form.scope })) });
      arrivals.shift()?.();
    };
    return { answer, asked, arrival: () => new Promise<void>((resolve) => arrivals.push(resolve)) };
  }

  test('takes what only it waited for out of the line', async () => {
    const { answer, asked, arrival } = slowIssuer();
    const { grant, get, forms } = await grantAt(answer);
    const leave = new AbortController();
    const arrived = arrival();
    const first = get({ scope: 'first' });
    await arrived;
    const gone = grant.token({ scope: 'gone' }, 0, { gone: leave.signal });
    const stays = get({ scope: 'stays' });
    leave.abort(new Error('the client has gone'));
    await expect(gone).rejects.toThrow('the client has gone');
    const next = arrival();
    asked[0]?.answer();
    await next;
    asked[1]?.answer();
    expect([await first, await stays]).toEqual(['first', 'stays']);
    expect(forms().map(({ scope }) => scope)).toEqual(['first', 'stays']);
  });

  test('before it is its turn to ask has nothing asked for it', async () => {
    const { grant, get, file, forms } = await grantAt([
      tokens('one', { refresh_token: 'second' }),
      tokens('stays'),
    ]);
    const leave = new AbortController();
    file.writing = () => Promise.reject(new Error('no space left on device'));
    await get();
    file.writing = async () => leave.abort(new Error('the client has gone'));
    // The refresh token of before is saved first.
    const gone = grant.token({ scope: 'gone' }, 0, { gone: leave.signal });
    await expect(gone).rejects.toThrow('the client has gone');
    await get({ scope: 'stays' });
    expect(forms().map(({ scope }) => scope)).toEqual(['openid storage.read:/', 'stays']);
  });

  test('when the account is unloaded, queued requests fail, and the request under way is answered', async () => {
    const { answer, asked, arrival } = slowIssuer();
    const { grant, get, forms } = await grantAt(answer);
    const arrived = arrival();
    const first = get({ scope: 'first' });
    await arrived;
    const second = get({ scope: 'second' });
    const closed = grant.close();
    asked[0]?.answer();
    expect(await first).toBe('first');
    await expect(second).rejects.toThrow('account not loaded');
    await closed;
    expect(forms()).toHaveLength(1);
  });

  test('does not end a refresh that was sent: its answer may hold a new refresh token', async () => {
    const { answer, asked, arrival } = slowIssuer();
    const { grant, get, forms } = await grantAt(answer);
    const leave = new AbortController();
    const arrived = arrival();
    const gone = grant.token({ scope: 'a' }, 0, { gone: leave.signal });
    await arrived;
    leave.abort(new Error('the client has gone'));
    await expect(gone).rejects.toThrow('the client has gone');
    const late = get({ scope: 'a' });
    asked[0]?.answer();
    expect(await late).toBe('a');
    expect(forms()).toHaveLength(1);
  });

  test('does not wait for the lock of another program any more', async () => {
    const { grant, file, forms } = await grantAt(tokens('at'));
    const leave = new AbortController();
    file.locking = (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        leave.abort(new Error('the client has gone'));
      });
    await expect(grant.token({}, 0, { gone: leave.signal })).rejects.toThrow('the client has gone');
    await grant.close();
    expect(forms()).toEqual([]);
  });
});

test('custom parameters of an issuer are sent, each once', async () => {
  const custom = { claims_in_tokens: new Secret('token'), scope: new Secret('special') };
  const { get, forms } = await grantAt(tokens('at'), { custom });
  await get({ scope: 'a' });
  expect(forms()).toMatchObject([{ claims_in_tokens: 'token', scope: 'special', refresh_token: 'first' }]);
});

test('the state shows the last refresh, waiting requests and planned renewals', async () => {
  const { grant, get, clock } = await grantAt([tokens('one'), { status: 503 }]);
  expect(grant.state).toEqual({ lastRefresh: undefined, waiting: 0, tokens: [] });
  const asked = get({ scope: 'a' });
  expect(grant.state.waiting).toBe(1);
  await asked;
  await get({ scope: 'a' });
  const [token] = grant.state.tokens;
  expect(token?.validFor).toBeGreaterThan(3590);
  expect(token?.renewedIn).toBeGreaterThan(2000);
  await expect(get({}, -1)).rejects.toThrow();
  expect(grant.state.lastRefresh).toEqual({ at: clock.wall(), error: 'Received Http Status Code 503' });
});
