import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { deferred } from '../../../../test/deferred.ts';
import { grantAt, tokens } from '../../../../test/grant-at.ts';
import type { Answer } from '../../../../test/scripted-issuer.ts';
import { Secret } from '../../../secret.ts';

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
