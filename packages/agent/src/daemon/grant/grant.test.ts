import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { deferred } from '../../../test/deferred.ts';
import { MemoryAccountFile } from '../../../test/memory-account-file.ts';
import { type Answer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import type { Account } from '../../accounts/account.ts';
import type { KnownIssuer } from '../../config/issuers/issuer-file.ts';
import { FileError } from '../../files/errors.ts';
import { Secret } from '../../secret.ts';
import { Grant } from './grant.ts';
import { IssuerDocuments } from './issuer-documents.ts';
import { LearnedAudienceParameters } from './refresh/learned-audience-parameters.ts';

const tokens = (access_token: string, others: object = {}): Answer => ({
  json: { access_token, token_type: 'Bearer', expires_in: 3600, ...others },
});

/** A grant at an issuer whose token endpoint answers as scripted, and all that the issuer and the disk saw of it. */
async function grantAt(
  answers: Answer | Answer[],
  {
    account = {},
    known,
    custom = {},
  }: {
    account?: Partial<Account>;
    known?: Omit<KnownIssuer, 'issuer'>;
    custom?: Record<string, Secret>;
  } = {},
) {
  const issuer = await scriptedIssuer({
    '/.well-known/openid-configuration': (_request, response) => {
      response.end(JSON.stringify(issuer.metadata));
    },
    '/token': answers,
  });
  const file = new MemoryAccountFile();
  const clock = new VirtualClock();
  const initial: Account = {
    name: 'wlcg',
    issuer_url: issuer.metadata.issuer,
    client_id: 'c',
    auth_scope: 'openid offline_access storage.read:/',
    refresh_token: new Secret('first'),
    ...account,
  };
  const grant = new Grant(initial, {
    documents: new IssuerDocuments(),
    audienceParameters: new LearnedAudienceParameters(),
    knownIssuer: async () => known && { issuer: issuer.metadata.issuer, ...known },
    customParameters: async () => custom,
    file,
    clock,
  });
  const forms = () => issuer.requests.filter(({ path }) => path === '/token').map(({ form }) => form);
  const get = async (parameters = {}, minValid = 0) =>
    (await grant.token(parameters, minValid)).accessToken.reveal();
  return { grant, get, forms, file, clock, initial };
}

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

describe('the content of a token counts', () => {
  const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;

  test('an answer that lists all scopes of the login beside a token for some brings no warning', async () => {
    const token = jwt({ scope: 'storage.read:/', aud: 'x' });
    const { grant } = await grantAt(tokens(token, { scope: 'openid storage.read:/ storage.write:/' }));
    expect((await grant.token({ scope: 'storage.read:/', audience: 'x' }, 0)).remarks).toEqual([]);
  });

  test('a token without the audience that was asked for, or without any, brings one', async () => {
    for (const claims of [{ aud: 'account' }, {}]) {
      const { grant } = await grantAt(tokens(jwt(claims)));
      const { remarks } = await grant.token({ audience: 'https://se.example' }, 0);
      expect(remarks).toEqual(["the issuer gave no token for 'https://se.example'"]);
    }
  });
});

describe('a refresh that has just failed', () => {
  const refused: Answer = { status: 400, json: { error: 'invalid_grant' } };
  const rest = (seconds: string): Answer => ({ status: 503, headers: { 'retry-after': seconds } });

  test('is not repeated for each of many clients that ask one after another', async () => {
    const { get, forms, clock } = await grantAt(refused);
    for (let i = 0; i < 20; i++) {
      await expect(get()).rejects.toMatchObject({ kind: 'refresh_token_invalid' });
      await clock.pass(0.1);
    }
    expect(forms()).toHaveLength(1);
  });

  test('says nothing of other scopes, but where the issuer is in trouble', async () => {
    const scope: Answer = { status: 400, json: { error: 'invalid_scope' } };
    const { get, forms } = await grantAt([scope, tokens('all'), { status: 500 }]);
    await expect(get({ scope: 'x' })).rejects.toMatchObject({ kind: 'scope_refused' });
    expect(await get()).toBe('all');
    for (const scope of ['y', 'z']) await expect(get({ scope })).rejects.toMatchObject({ status: 500 });
    expect(forms()).toHaveLength(3);
  });

  test('is repeated for a client that insists on a new token', async () => {
    const { get } = await grantAt([refused, tokens('mended')]);
    await expect(get()).rejects.toMatchObject({ kind: 'refresh_token_invalid' });
    expect(await get({}, -1)).toBe('mended');
  });

  test('is repeated at once when another program has saved a new login', async () => {
    const { get, forms, file, initial } = await grantAt([refused, tokens('new')]);
    await expect(get()).rejects.toMatchObject({ kind: 'refresh_token_invalid' });
    file.changed = { ...initial, refresh_token: new Secret('of a new login') };
    expect(await get()).toBe('new');
    expect(forms()).toMatchObject([{ refresh_token: 'first' }, { refresh_token: 'of a new login' }]);
  });

  test('is not repeated for any client before the issuer allows it; each gets the time to wait', async () => {
    const { get, forms, clock } = await grantAt([rest('60'), tokens('later')]);
    const hint = (seconds: number) => [`the issuer limits how often you may ask: try again in ${seconds} s`];
    await expect(get()).rejects.toMatchObject({ kind: 'unavailable', hints: hint(60) });
    await clock.pass(20);
    await expect(get({}, -1)).rejects.toMatchObject({ hints: hint(40) });
    await expect(get({ scope: 'x' })).rejects.toMatchObject({ hints: hint(40) });
    await clock.pass(40);
    expect(await get()).toBe('later');
    expect(forms()).toHaveLength(2);
  });

  test('is repeated after five minutes, however long Retry-After is', async () => {
    const { get, clock } = await grantAt([rest('999999999'), tokens('later')]);
    await expect(get()).rejects.toMatchObject({ kind: 'unavailable' });
    await clock.pass(300);
    expect(await get()).toBe('later');
  });
});

describe('a client that goes away', () => {
  /** An issuer that answers when it is told to. */
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

describe('a refresh token that is replaced at each use', () => {
  test('is used one request after another, each with the newest', async () => {
    const rotating = Array.from({ length: 5 }, (_, index) =>
      tokens(`at ${index}`, { refresh_token: `rt ${index}` }),
    );
    const { get, forms, file } = await grantAt(rotating);
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((scope) => get({ scope })));
    expect(forms().map(({ refresh_token }) => refresh_token)).toEqual([
      'first',
      'rt 0',
      'rt 1',
      'rt 2',
      'rt 3',
    ]);
    expect(file.written).toEqual(['rt 0', 'rt 1', 'rt 2', 'rt 3', 'rt 4']);
    expect(file.locked).toBe(false);
  });

  test('is on disk before anybody gets the access token', async () => {
    const disk = deferred();
    const saving = deferred<string | undefined>();
    const { get, file } = await grantAt(tokens('at', { refresh_token: 'second' }));
    file.writing = (account) => {
      saving.resolve(account.refresh_token?.reveal());
      return disk.promise;
    };
    let delivered = false;
    const token = get().finally(() => {
      delivered = true;
    });
    expect(await saving.promise).toBe('second');
    await new Promise((resolve) => setImmediate(resolve));
    expect(delivered).toBe(false);
    disk.resolve();
    expect(await token).toBe('at');
  });

  test('is read before it is used: another program may have a newer one', async () => {
    const { get, forms, file, initial } = await grantAt([tokens('one'), tokens('two')]);
    await get();
    file.changed = { ...initial, refresh_token: new Secret('newer') };
    await get({}, -1);
    expect(forms().map(({ refresh_token }) => refresh_token)).toEqual(['first', 'newer']);
  });

  test('is not saved when the issuer gives the same one', async () => {
    const { get, file } = await grantAt(tokens('at', { refresh_token: 'first' }));
    await get();
    expect(file.written).toEqual([]);
  });
});

describe('an answer without a usable access token', () => {
  const useless = (refresh_token: string): Answer => ({ json: { token_type: 'Bearer', refresh_token } });

  test('is of use for its refresh token, which is saved and used from then on', async () => {
    const { get, forms, file } = await grantAt([useless('second'), tokens('at last')]);
    await expect(get()).rejects.toMatchObject({
      message: expect.stringContaining('access_token'),
      hints: [],
    });
    expect(file.written).toEqual(['second']);
    expect(await get()).toBe('at last');
    expect(forms().map(({ refresh_token }) => refresh_token)).toEqual(['first', 'second']);
  });

  test('says nothing about a refresh token that stays the same', async () => {
    const { get, file } = await grantAt(useless('first'));
    await expect(get()).rejects.toThrow('access_token');
    expect(file.written).toEqual([]);
  });
});

describe('an account whose file cannot be written', () => {
  test('is left as it is where the issuer replaces refresh tokens: the agent could not save the new one', async () => {
    const { get, forms, file } = await grantAt([tokens('one', { refresh_token: 'second' }), tokens('two')]);
    await get();
    file.savable = false;
    await expect(get({}, -1)).rejects.toThrow("the file of the account 'wlcg' cannot be written");
    expect(await get()).toBe('one');
    expect(forms()).toHaveLength(1);
    file.savable = true;
    expect(await get({}, -1)).toBe('two');
  });

  test('gives tokens where the issuer keeps the refresh token', async () => {
    const { get, file } = await grantAt([tokens('one'), tokens('two')]);
    file.savable = false;
    expect([await get(), await get({}, -1)]).toEqual(['one', 'two']);
  });

  test('gives tokens for a refresh token that only the agent has: nothing can be lost any more', async () => {
    const { get, file } = await grantAt([tokens('one', { refresh_token: 'second' }), tokens('two')]);
    file.savable = false;
    file.writing = () => Promise.reject(new Error('read-only file system'));
    expect([await get(), await get({}, -1)]).toEqual(['one', 'two']);
  });
});

describe('an account whose file another program has written, and that cannot be read any more', () => {
  const changed = new FileError('changed', 'another program has written it', { hints: ['the password'] });

  test.each([
    ['of which nothing is known', []],
    ['that replaces refresh tokens', [tokens('one', { refresh_token: 'second', expires_in: 1 })]],
  ])('is not used at an issuer %s: the refresh token may be spent', async (_name, before) => {
    const { get, forms, file, initial } = await grantAt([...before, tokens('at last')]);
    for (const _answer of before) await get();
    file.changed = changed;
    await expect(get({}, -1)).rejects.toMatchObject({
      message: 'another program has written it',
      hints: [expect.stringContaining('could end the login'), 'the password'],
    });
    expect(forms()).toHaveLength(before.length);
    file.changed = { ...initial, refresh_token: new Secret('newer') };
    expect(await get({}, -1)).toBe('at last');
    expect(forms().at(-1)?.refresh_token).toBe('newer');
  });

  test('is used at an issuer that keeps the refresh token', async () => {
    const { get, file } = await grantAt([tokens('one'), tokens('two')]);
    await get();
    file.changed = changed;
    expect(await get({}, -1)).toBe('two');
  });

  test('is used with a refresh token that the agent alone has', async () => {
    const { get, file, forms } = await grantAt([tokens('one', { refresh_token: 'second' }), tokens('two')]);
    file.writing = () => Promise.reject(new Error('no space left on device'));
    await get();
    file.changed = changed;
    expect(await get({}, -1)).toBe('two');
    expect(forms().at(-1)?.refresh_token).toBe('second');
  });
});

describe('a refresh token that cannot be saved', () => {
  async function unsaved() {
    const all = await grantAt([
      tokens('at', { refresh_token: 'second' }),
      tokens('at', { refresh_token: 'third' }),
    ]);
    const disk = { full: true };
    all.file.writing = async () => {
      if (disk.full) throw new Error('no space left on device');
    };
    expect(await all.get()).toBe('at');
    return { ...all, disk };
  }

  test('is reported, kept from other programs, and saved with the next request', async () => {
    const { grant, get, file, disk, forms } = await unsaved();
    expect(grant.saveFailure?.message).toBe('no space left on device');
    expect(file.locked).toBe(true);
    expect(await get()).toBe('at');
    expect(file.written).toEqual([]);
    disk.full = false;
    expect(await get()).toBe('at');
    expect(grant.saveFailure).toBeUndefined();
    expect(file.written).toEqual(['second']);
    expect(file.locked).toBe(false);
    expect(forms()).toHaveLength(1);
  });

  test('holds up no token that is ready when the disk hangs', async () => {
    const { get, file, clock } = await unsaved();
    file.writing = () => new Promise(() => undefined);
    const token = get();
    await clock.pass(1);
    expect(await token).toBe('at');
  });

  test('is saved after a while without any request', async () => {
    const { file, disk, clock } = await unsaved();
    await clock.pass(60);
    disk.full = false;
    await clock.pass(60);
    expect(file.written).toEqual(['second']);
    expect(file.locked).toBe(false);
  });

  test('is saved when the agent ends', async () => {
    const { grant, file, disk } = await unsaved();
    disk.full = false;
    await grant.close();
    expect(file.written).toEqual(['second']);
  });

  test('is used all the same, and its successor is saved', async () => {
    const { get, file, disk, forms } = await unsaved();
    await get({}, -1);
    disk.full = false;
    await get();
    expect(forms().map(({ refresh_token }) => refresh_token)).toEqual(['first', 'second']);
    expect(file.written).toEqual(['third']);
  });

  test('leaves the lock when the agent ends', async () => {
    const { grant, file } = await unsaved();
    await grant.close();
    expect(file.locked).toBe(false);
  });
});

describe('an answer that is lost', () => {
  const lost: Answer = (_request, response) => void response.destroy();

  test('is asked for again where the issuer has kept the refresh token before', async () => {
    const { get, forms } = await grantAt([tokens('one'), lost, tokens('two')]);
    await get();
    expect(await get({}, -1)).toBe('two');
    expect(forms()).toHaveLength(3);
  });

  test('is asked for again once only', async () => {
    const { get, forms } = await grantAt([tokens('one'), lost]);
    await get();
    await expect(get({}, -1)).rejects.toThrow('the connection was closed');
    expect(forms()).toHaveLength(3);
  });

  test.each([
    ['of which nothing is known', []],
    ['that replaces refresh tokens', [tokens('one', { refresh_token: 'second' })]],
  ])('from an issuer %s leaves the outcome unknown: it is said, and what to do', async (_name, before) => {
    const { get, forms } = await grantAt([...before, lost]);
    for (const _answer of before) await get();
    await expect(get({}, -1)).rejects.toMatchObject({
      message: expect.stringContaining('the connection was closed'),
      hints: expect.arrayContaining([
        expect.stringContaining('may have replaced the refresh token'),
        expect.stringContaining('oidc-gen --reauthenticate -w device wlcg'),
      ]),
    });
    expect(forms()).toHaveLength(before.length + 1);
  });

  test.each<[string, Answer]>([
    ['half an answer', { text: '{"access_token":' }],
    ['a proxy that gave up', { status: 504 }],
    ['a proxy that got nonsense', { status: 502, text: '<html>' }],
  ])('%s counts as one', async (_name, answer) => {
    const { get, forms } = await grantAt([tokens('one'), answer, tokens('two')]);
    await get();
    expect(await get({}, -1)).toBe('two');
    expect(forms()).toHaveLength(3);
  });

  test('does not matter when another program has got a newer refresh token', async () => {
    const before = tokens('one', { refresh_token: 'second' });
    const { get, forms, file, initial } = await grantAt([
      before,
      (_request, response) => {
        file.changed = { ...initial, refresh_token: new Secret('newer') };
        response.destroy();
      },
      tokens('two'),
    ]);
    await get();
    expect(await get({}, -1)).toBe('two');
    expect(forms().map(({ refresh_token }) => refresh_token)).toEqual(['first', 'second', 'newer']);
  });

  test('is not asked for again when the time is over: an issuer that does not answer costs 30 s', async () => {
    const { get, forms, clock } = await grantAt([
      tokens('one'),
      (_request, response) => void clock.pass(25).then(() => response.destroy()),
      tokens('two'),
    ]);
    await get();
    await expect(get({}, -1)).rejects.toThrow('the connection was closed');
    expect(forms()).toHaveLength(2);
  });

  test('is asked for again in the time that is left', async () => {
    const again = deferred();
    const { get, clock } = await grantAt([
      tokens('one'),
      (_request, response) => void clock.pass(12).then(() => response.destroy()),
      () => again.resolve(),
    ]);
    await get();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const result = get({}, -1).catch((error: unknown) => error);
    await again.promise;
    vi.advanceTimersByTime(18_000);
    expect(await result).toMatchObject({ message: expect.stringMatching(/no answer within 18 s$/) });
  });

  test('an issuer in trouble has said so: nothing is asked again', async () => {
    const { get, forms } = await grantAt([tokens('one'), { status: 503 }]);
    await get();
    await expect(get({}, -1)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(forms()).toHaveLength(2);
  });
});

test('requests queued while the issuer did not answer fail with the first; later ones ask anew', async () => {
  const asked: (() => void)[] = [];
  const { get, forms, clock } = await grantAt([
    (_request, response) => asked.push(() => response.destroy()),
    tokens('at last'),
  ]);
  const waiting = ['a', 'b', 'c'].map((scope) => get({ scope }));
  const outcomes = Promise.allSettled(waiting);
  await expect.poll(() => asked.length).toBe(1);
  await clock.pass(30);
  asked[0]?.();
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(forms()).toHaveLength(1);
  await clock.pass(1);
  expect(await get({ scope: 'b' })).toBe('at last');
});

describe('an audience', () => {
  const jwt = (aud: string | undefined) =>
    `e30.${Buffer.from(JSON.stringify({ aud, jti: Math.random() })).toString('base64url')}.`;
  const audiences = (forms: Record<string, string>[]) =>
    forms.map(({ resource, audience }) =>
      [resource && 'resource', audience && 'audience'].filter(Boolean).join(),
    );

  test('is requested by the other parameter when the first one gives a token for another audience, and then always', async () => {
    const { grant, forms } = await grantAt([tokens(jwt('all')), tokens(jwt('se')), tokens(jwt('se'))]);
    expect((await grant.token({ audience: 'se' }, 0)).remarks).toEqual([]);
    await grant.token({ audience: 'se' }, -1);
    expect(audiences(forms())).toEqual(['resource', 'audience', 'audience']);
  });

  test('is requested by the other parameter when the issuer refuses the first', async () => {
    const { grant, forms } = await grantAt([
      { status: 400, json: { error: 'invalid_target' } },
      tokens(jwt('se')),
    ]);
    await grant.token({ audience: 'se' }, 0);
    expect(audiences(forms())).toEqual(['resource', 'audience']);
  });

  test('that the issuer never gives is reported, and not requested by both parameters each time', async () => {
    const { grant, forms } = await grantAt(tokens(jwt('all')));
    const remarks = ["the issuer gave no token for 'se'"];
    expect((await grant.token({ audience: 'se' }, 0)).remarks).toEqual(remarks);
    expect((await grant.token({ audience: 'se' }, -1)).remarks).toEqual(remarks);
    expect(audiences(forms())).toEqual(['resource', 'audience', 'resource']);
  });

  test('is requested by the configured parameter only', async () => {
    const { grant, forms } = await grantAt(tokens(jwt('all')), { known: { audience_parameter: 'both' } });
    await grant.token({ audience: 'se' }, 0);
    expect(audiences(forms())).toEqual(['resource,audience']);
  });

  test('of the account is asked for with each refresh, unless the program names another', async () => {
    const { grant, forms } = await grantAt([tokens(jwt('se')), tokens(jwt('x')), tokens(jwt('se'))], {
      account: { audience: 'se' },
    });
    await grant.token({}, 0);
    await grant.token({ audience: 'x' }, 0);
    await grant.token({ scope: 'storage.read:/' }, 0);
    expect(forms().map(({ resource }) => resource)).toEqual(['se', 'x', 'se']);
  });

  test('of the account that the issuer does not give is reported', async () => {
    const { grant } = await grantAt(tokens(jwt('all')), { account: { audience: 'se' } });
    expect((await grant.token({}, 0)).remarks).toEqual(["the issuer gave no token for 'se'"]);
  });

  test.each([
    [{ error: 'invalid_target' }, ['resource', 'audience', '']],
    [{ error: 'invalid_request' }, ['resource', 'audience', '']],
    [{ error: 'access_denied', error_description: 'Service not found: se' }, ['resource', '']],
  ])(
    'of the account that the issuer refuses, %j, costs no login: it gives a token without, as to the C suite',
    async (json, asked) => {
      const refusals = asked.slice(1).map(() => ({ status: 400, json }));
      const { grant, forms } = await grantAt([...refusals, tokens('opaque')], {
        account: { audience: 'se' },
      });
      const { accessToken, remarks } = await grant.token({}, 0);
      expect(accessToken.reveal()).toBe('opaque');
      expect(remarks).toEqual(["the issuer gave no token for 'se'"]);
      expect(audiences(forms())).toEqual(asked);
    },
  );

  test('that a program names is requested, or the program gets no token', async () => {
    const { grant, forms } = await grantAt(
      { status: 400, json: { error: 'invalid_target' } },
      { account: { audience: 'se' } },
    );
    await expect(grant.token({ audience: 'x' }, 0)).rejects.toThrow('invalid_target');
    expect(audiences(forms())).toEqual(['resource', 'audience']);
  });

  test('of the account is not given up when the login has ended', async () => {
    const { grant, forms } = await grantAt(
      { status: 400, json: { error: 'invalid_grant' } },
      { account: { audience: 'se' } },
    );
    await expect(grant.token({}, 0)).rejects.toThrow('invalid_grant');
    expect(forms()).toHaveLength(1);
  });

  test('of a token that does not say whom it is for is taken as given', async () => {
    const { grant, forms } = await grantAt(tokens('opaque'));
    expect((await grant.token({ audience: 'se' }, 0)).remarks).toEqual([]);
    expect(forms()).toHaveLength(1);
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

describe('a refusal comes with the next command', () => {
  const refusal = (status: number, error: string): Answer => ({ status, json: { error } });

  test.each([
    ['a dead refresh token', refusal(400, 'invalid_grant'), /oidc-gen --reauthenticate -w device wlcg/],
    [
      'a dead refresh token at IAM',
      refusal(401, 'invalid_token'),
      /oidc-gen --reauthenticate -w device wlcg/,
    ],
    [
      'a client that is gone',
      refusal(401, 'invalid_client'),
      /oidc-gen --confirm-yes -w device --iss=\S+ wlcg$/,
    ],
    ['a scope that was not granted', refusal(400, 'invalid_scope'), /oidc-gen -p wlcg/],
  ])('%s', async (_name, answer, hint) => {
    const { get } = await grantAt(answer);
    await expect(get()).rejects.toMatchObject({ hints: [expect.stringMatching(hint)] });
  });

  test('an account without a refresh token sends no request', async () => {
    const { get, forms } = await grantAt(tokens('at'), { account: { refresh_token: undefined } });
    await expect(get()).rejects.toMatchObject({
      message: 'No or malformed refresh token',
      hints: [expect.stringContaining('oidc-gen --reauthenticate -w device wlcg')],
    });
    expect(forms()).toEqual([]);
  });
});
