import { describe, expect, test } from 'vitest';
import { grantAt, tokens } from '../../../../test/grant-at.ts';
import type { Answer } from '../../../../test/scripted-issuer.ts';
import { Secret } from '../../../secret.ts';

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
