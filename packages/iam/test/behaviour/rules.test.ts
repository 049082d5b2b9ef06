import { describe, expect, it } from 'vitest';
import { errorOf, misbehavingIam } from '../support/misbehaving-iam.ts';
import { answerOf, basic, json } from '../support/test-iam.ts';

const { iam, token, start, poll, refresh } = misbehavingIam();

describe('a rule', () => {
  it('applies to as many requests as it says, and then no more', async () => {
    iam.control.behave({ rules: [{ endpoint: '/token', status: 503, times: 2 }] });
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await token()).status);
    expect(statuses).toEqual([503, 503, 200]);
    expect(iam.control.behaviour.rules).toEqual([]);
  });

  it('applies to one endpoint, one client and one grant', async () => {
    iam.control.behave({ rules: [{ endpoint: '/token', client: 'client', status: 502 }] });
    expect((await token('client-cred')).status).toBe(200);
    expect((await token('client')).status).toBe(502);
    expect((await iam.post('/token', {}, basic('client', 'secret'))).status).toBe(502);
    expect((await iam.fetch('/authorize?client_id=client&response_type=code')).status).toBe(303);
    iam.control.behave({ rules: [{ grant: 'refresh_token', status: 500 }] });
    expect((await token()).status).toBe(200);
    expect((await refresh('x')).status).toBe(500);
    iam.control.behave({ rules: [{ endpoint: '/iam', status: 500 }] });
    expect((await iam.register({ client_name: 'some name' })).status).toBe(500);
  });

  it('decides if it is the first in the list that applies', async () => {
    iam.control.behave({
      rules: [
        { endpoint: '/token', status: 500, times: 1 },
        { endpoint: '/token', status: 503, times: 1 },
      ],
    });
    expect([(await token()).status, (await token()).status, (await token()).status]).toEqual([500, 503, 200]);
  });

  it('combines with rules that set other members, and counts only if it sets one', async () => {
    iam.control.behave({
      rules: [
        { poll: 'slow_down', times: 1 },
        { poll: 'access_denied', times: 1 },
        { endpoint: '/token', errors: { slow_down: { status: 403 } } },
        { errors: { slow_down: { status: 500, hint: 'wait' }, any: { status: 200 } } },
      ],
    });
    const { device_code } = await start();
    const polls = [];
    for (let n = 0; n < 3; n += 1) polls.push(await answerOf(await poll(device_code)));
    expect(polls).toMatchObject([
      [403, { error: 'slow_down', hint: 'wait' }],
      [200, { error: 'access_denied' }],
      [200, { error: 'authorization_pending' }],
    ]);
    expect(iam.control.behaviour.rules).toHaveLength(2);
  });

  it('can delay an answer, before and after processing', async () => {
    const timed = async (rule: { delay_before?: number; delay_after?: number }) => {
      iam.control.behave({ rules: [rule] });
      const begin = performance.now();
      expect((await token()).status).toBe(200);
      return performance.now() - begin;
    };
    expect(await timed({ delay_before: 120, delay_after: 120 })).toBeGreaterThan(235);
  });

  it('can drop the connection before processing', async () => {
    const { device_code, user_code } = await start();
    iam.control.decide(String(user_code), { user: 'test', approve: true });
    iam.control.behave({ rules: [{ endpoint: '/token', drop: 'before', times: 1 }] });
    await expect(poll(device_code)).rejects.toThrow('fetch failed');
    expect((await poll(device_code)).status).toBe(200);
    expect(iam.control.requests.map(({ status }) => status)).toEqual([200, null, 200]);
  });

  it('can drop the connection after processing', async () => {
    const { device_code, user_code } = await start();
    iam.control.decide(String(user_code), { user: 'test', approve: true });
    iam.control.behave({ rules: [{ endpoint: '/token', drop: 'after', times: 1 }] });
    await expect(poll(device_code)).rejects.toThrow('fetch failed');
    expect(await errorOf(await poll(device_code))).toBe('invalid_grant');
  });

  it('can replace the body', async () => {
    const bodyAs = async (body: 'html' | 'half' | 'empty') => {
      iam.control.behave({ rules: [{ body }] });
      const response = await token();
      expect(response.status).toBe(200);
      return [response.headers.get('content-type'), await response.text()];
    };
    expect(await bodyAs('html')).toEqual([
      expect.stringContaining('text/html'),
      expect.stringMatching(/^<html>/),
    ]);
    const [type, half = ''] = await bodyAs('half');
    expect(type).toContain('application/json');
    expect(half).toMatch(/^\{"access_token":/);
    expect(() => JSON.parse(String(half))).toThrow();
    expect((await bodyAs('empty'))[1]).toBe('');
  });

  it('can replace the body of an error, too', async () => {
    iam.control.behave({ rules: [{ body: 'half' }] });
    const response = await refresh('unknown');
    expect(response.status).toBe(401);
    expect(await response.text()).toMatch(/^\{"error":"invalid_token"[^}]*$/);
  });

  it('can add an interval to the answer to a device, and remove members', async () => {
    iam.control.behave({ rules: [{ interval: 7, omit: 'expires_in' }] });
    const code = await start();
    expect(code).toMatchObject({ interval: 7, user_code: expect.any(String) });
    expect(code).not.toHaveProperty('expires_in');
    iam.control.behave({ rules: [{ endpoint: '/token', omit: 'expires_in' }] });
    expect(await json(await token())).not.toHaveProperty('expires_in');
    expect(await start()).toHaveProperty('expires_in', 600);
  });

  it.each(['slow_down', 'access_denied', 'expired_token', 'authorization_pending'] as const)(
    'can answer polls with %s',
    async (error) => {
      const { device_code, user_code } = await start();
      iam.control.decide(String(user_code), { user: 'test', approve: true });
      iam.control.behave({ rules: [{ poll: error, times: 1 }] });
      expect((await token()).status).toBe(200);
      const response = await poll(device_code);
      expect([response.status, await errorOf(response)]).toEqual([400, error]);
      expect((await poll(device_code)).status).toBe(200);
    },
  );
});
