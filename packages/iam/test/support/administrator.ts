import { basic, DEVICE_GRANT, type Json, json, type TestIam } from './test-iam.ts';

/** The tokens of a device flow that `user` approves. */
export async function tokensOf(
  iam: TestIam,
  user: string,
  client: { id: string; secret: string },
  scope?: string,
): Promise<Json> {
  const request = { client_id: client.id, ...(scope === undefined ? {} : { scope }) };
  const { device_code, user_code } = await json(await iam.post('/devicecode', request));
  iam.control.decide(String(user_code), { user, approve: true });
  const form = { grant_type: DEVICE_GRANT, device_code: String(device_code) };
  return json(await iam.post('/token', form, basic(client.id, client.secret)));
}

export const adminClient = { id: 'admin-client-rw', secret: 'secret' };

/** Calls the administration API with an access token of `user`. */
export function administrator(iam: TestIam, user = 'admin', scope?: string) {
  let token: Promise<Json> | undefined;
  return async (path: string, method = 'GET', body?: unknown) => {
    token ??= tokensOf(iam, user, adminClient, scope);
    const { access_token } = await token;
    return iam.fetch(path, {
      method,
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  };
}
