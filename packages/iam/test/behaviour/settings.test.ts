import { describe, expect, it } from 'vitest';
import { DEVICE_CLIENT, errorOf, misbehavingIam } from '../support/misbehaving-iam.ts';
import { basic, json } from '../support/test-iam.ts';

const { iam, token, start, poll, approvedTokens, refresh } = misbehavingIam();

describe('refresh tokens', () => {
  it('stay the same, as in IAM', async () => {
    const tokens = await approvedTokens();
    const answer = await json(await refresh(tokens.refresh_token));
    expect(answer.refresh_token).toBe(tokens.refresh_token);
  });

  it('are replaced with rotation, and the old one stops working', async () => {
    iam.control.behave({ rotation: 'rotate' });
    const tokens = await approvedTokens();
    const second = await json(await refresh(tokens.refresh_token));
    expect(second.refresh_token).not.toBe(tokens.refresh_token);
    const reuse = await refresh(tokens.refresh_token);
    expect([reuse.status, await errorOf(reuse)]).toEqual([401, 'invalid_token']);
    const third = await json(await refresh(second.refresh_token));
    expect(third).toMatchObject({ scope: tokens.scope, refresh_token: expect.any(String) });
    expect(iam.control.revokedFamilies).toEqual([]);
  });

  it('of a login all end if a client uses an old one, with detect-reuse', async () => {
    iam.control.behave({ rotation: 'detect-reuse' });
    const [tokens, others] = [await approvedTokens(), await approvedTokens()];
    const second = await json(await refresh(tokens.refresh_token));
    expect(iam.control.revokedFamilies).toEqual([]);
    for (const token of [tokens, second, tokens]) {
      expect((await refresh(token.refresh_token)).status).toBe(401);
    }
    expect(iam.control.revokedFamilies).toEqual([
      { family: expect.any(String), clientId: DEVICE_CLIENT.id, time: expect.any(Number) },
    ]);
    const active = await iam.post(
      '/introspect',
      { token: String(second.access_token) },
      basic(DEVICE_CLIENT.id, DEVICE_CLIENT.secret),
    );
    expect(await json(active)).toEqual({ active: false });
    expect((await refresh(others.refresh_token)).status).toBe(200);
  });

  it('are lost to a client whose connection drops after the rotation', async () => {
    const tokens = await approvedTokens();
    iam.control.behave({
      rotation: 'detect-reuse',
      rules: [{ grant: 'refresh_token', drop: 'after', times: 1 }],
    });
    const before = iam.control.revokedFamilies.length;
    await expect(refresh(tokens.refresh_token)).rejects.toThrow('fetch failed');
    expect((await refresh(tokens.refresh_token)).status).toBe(401);
    expect(iam.control.revokedFamilies).toHaveLength(before + 1);
  });
});

describe('the clock', () => {
  it('can be ahead or behind', async () => {
    const issuedAt = async () => {
      const [, claims = ''] = String((await json(await token())).access_token).split('.');
      const { iat } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iat: number };
      return iat - Date.now() / 1000;
    };
    iam.control.behave({ clock: -7200 });
    expect(await issuedAt()).toBeCloseTo(-7200, -1);
    iam.control.behave({ clock: 7200 });
    expect(await issuedAt()).toBeCloseTo(7200, -1);
  });

  it('can be advanced while a device waits', async () => {
    const { device_code } = await start();
    iam.control.behave({ clock: 601 });
    expect(await errorOf(await poll(device_code))).toBe('expired_token');
  });
});
