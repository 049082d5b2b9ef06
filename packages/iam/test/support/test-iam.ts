import { afterAll, beforeAll } from 'vitest';
import type { Control } from '../../src/control.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../src/server.ts';

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export type Json = Record<string, unknown>;

/** Starts an IAM for the tests of a file, and stops it after them. Tests can advance its clock. */
export function testIam(options: ServerOptions = {}) {
  let running: RunningServer | undefined;
  let offset = 0;
  beforeAll(async () => {
    running = await startServer({ now: () => Date.now() / 1000 + offset, ...options });
  });
  afterAll(async () => {
    await running?.close();
  });
  const started = (): RunningServer => {
    if (running === undefined) throw new Error('the IAM is not running');
    return running;
  };
  const iam = {
    get issuer(): string {
      return started().issuer;
    },
    get control(): Control {
      return started().control;
    },
    get port(): number {
      return Number(new URL(iam.issuer).port);
    },
    /** Advances the clock by so many seconds. */
    later(seconds: number): void {
      offset += seconds;
    },
    fetch: (path: string, init?: RequestInit) =>
      fetch(new URL(path, iam.issuer), { redirect: 'manual', ...init }),
    /** Posts a form; sends a text as it is. */
    post: (path: string, form: Record<string, string> | string, headers: Record<string, string> = {}) =>
      iam.fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
      }),
    register: (metadata: Json) =>
      iam.fetch('/iam/api/client-registration', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(metadata),
      }),
    /** Registers a client as oidc-agent does for the device flow, and returns the answer. */
    newDeviceClient: async (scope = 'openid offline_access storage.read:/ wlcg.groups') => {
      const grant_types = ['refresh_token', DEVICE_GRANT];
      const answer = await json(await iam.register({ client_name: 'oidc-agent:test', grant_types, scope }));
      return { id: String(answer.client_id), secret: String(answer.client_secret), ...answer };
    },
  };
  return iam;
}

export type TestIam = ReturnType<typeof testIam>;

export async function json(response: Response): Promise<Json> {
  const body: unknown = await response.json();
  if (typeof body !== 'object' || body === null) throw new Error('not a JSON object');
  return Object.fromEntries(Object.entries(body));
}

/** Status and body of an answer. */
export async function answerOf(response: Response): Promise<[number, Json]> {
  return [response.status, await json(response)];
}

export function basic(id: string, secret: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

/** The answer to the first poll of a device flow, with a remembered consent or --auto-approve its tokens. */
export async function deviceTokens(
  iam: TestIam,
  client: { id: string; secret: string },
  scope?: string,
  poll: Record<string, string> = {},
  more: Record<string, string> = {},
) {
  const request = { client_id: client.id, ...(scope === undefined ? {} : { scope }), ...more };
  const { device_code } = await json(await iam.post('/devicecode', request));
  const form = { grant_type: DEVICE_GRANT, device_code: String(device_code), ...poll };
  return json(await iam.post('/token', form, basic(client.id, client.secret)));
}
