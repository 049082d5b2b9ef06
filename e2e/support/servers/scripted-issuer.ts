import {
  type Answer,
  type ScriptedIssuer,
  scriptedIssuer,
} from '../../../packages/agent/test/scripted-issuer.ts';

export type { Answer, ScriptedIssuer };

/**
 * Starts an issuer that does what jeton-iam never would. Discovery, registration, deletion of the client and device
 * authorization go well, with an interval of 1 s; the test scripts the rest, or other answers for these. Ends with the
 * test.
 */
export async function startIssuer(script: Record<string, Answer | Answer[]> = {}): Promise<ScriptedIssuer> {
  const issuer: ScriptedIssuer = await scriptedIssuer({
    '/.well-known/openid-configuration': (_request, response) => {
      response.end(JSON.stringify({ ...issuer.metadata, scopes_supported: ['openid', 'offline_access'] }));
    },
    '/register': (_request, response) => {
      const client = {
        client_id: 'client',
        registration_access_token: 'registration token',
        registration_client_uri: `${issuer.url}/register/client`,
      };
      response.writeHead(201).end(JSON.stringify(client));
    },
    '/register/client': { status: 204 },
    '/devicecode': (_request, response) => {
      const device = {
        device_code: 'device code',
        user_code: 'ABC123',
        verification_uri: `${issuer.url}/device`,
        expires_in: 600,
        interval: 1,
      };
      response.end(JSON.stringify(device));
    },
    ...script,
  });
  return issuer;
}

/** Starts one that speaks plain OAuth: no login at it brings an ID token. */
export async function startOAuthIssuer(script: Record<string, Answer | Answer[]>): Promise<ScriptedIssuer> {
  const issuer: ScriptedIssuer = await startIssuer({
    '/.well-known/openid-configuration': { status: 404 },
    '/.well-known/oauth-authorization-server': (_request, response) => {
      response.end(JSON.stringify(issuer.metadata));
    },
    ...script,
  });
  return issuer;
}

/** An answer of the token endpoint. */
export function tokens(access_token: string, others: object = {}): Answer {
  return { json: { access_token, token_type: 'Bearer', expires_in: 3600, ...others } };
}

/** A refusal of the token endpoint (RFC 6749 section 5.2). */
export function refusal(error: string, status = 400): Answer {
  return { status, json: { error } };
}

/** How often a client was deleted (RFC 7592 section 2.3). */
export function deletedClients({ requests }: ScriptedIssuer): number {
  return requests.filter(({ method, path }) => method === 'DELETE' && path === '/register/client').length;
}
