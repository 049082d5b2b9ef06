import { afterEach } from 'vitest';
import { tokensOf } from './administrator.ts';
import { basic, DEVICE_GRANT, json, testIam } from './test-iam.ts';

export const DEVICE_CLIENT = { id: 'device-code-client', secret: 'secret' };

/** An IAM for tests that change its behaviour, with the requests that they send. After each test it behaves as IAM again. */
export function misbehavingIam() {
  const iam = testIam();
  afterEach(() => {
    iam.control.behave();
    iam.control.clearRequests();
  });
  return {
    iam,
    /** Requests a token with client credentials. */
    token: (client_id = 'client-cred', more: Record<string, string> = {}) =>
      iam.post('/token', { grant_type: 'client_credentials', client_id, client_secret: 'secret', ...more }),
    /** Starts a device flow. */
    start: async () => json(await iam.post('/devicecode', { client_id: DEVICE_CLIENT.id })),
    poll: (device_code: unknown) =>
      iam.post(
        '/token',
        { grant_type: DEVICE_GRANT, device_code: String(device_code) },
        basic(DEVICE_CLIENT.id, DEVICE_CLIENT.secret),
      ),
    /** The tokens of a device flow that the user `test` approves. */
    approvedTokens: () => tokensOf(iam, 'test', DEVICE_CLIENT),
    refresh: (refresh_token: unknown) =>
      iam.post(
        '/token',
        { grant_type: 'refresh_token', refresh_token: String(refresh_token) },
        basic(DEVICE_CLIENT.id, DEVICE_CLIENT.secret),
      ),
  };
}

/** The `error` of an answer. */
export async function errorOf(response: Response): Promise<unknown> {
  return (await json(response)).error;
}
