import type { AuthorizationServer, Client } from 'oauth4webapi';

/** Another OpenID provider at which users may log in, and jeton-iam as its client. */
export interface ExternalProviderOptions {
  readonly issuer: string;
  readonly clientId: string;
  /** Without one jeton-iam is a public client there. */
  readonly clientSecret?: string;
}

/** A login at the other provider that has begun; only the browser that began it may finish it. */
export interface PendingLogin {
  readonly state: string;
  readonly nonce: string;
  /** The PKCE code verifier. */
  readonly verifier: string;
}

/** The identity of a user at the external provider. */
export interface ExternalPerson {
  readonly issuer: string;
  readonly subject: string;
  /** Set only if the provider has verified it. */
  readonly verifiedEmail: string | undefined;
}

export interface ExternalProvider {
  readonly issuer: string;
  /** The label of the button. */
  readonly name: string;
  /**
   * Begins a login (OpenID Connect Core section 3.1.2.1).
   * @returns the URL to which to send the browser, and what `finish` needs
   * @throws Error if the provider does not answer
   */
  begin(): Promise<{ readonly url: URL; readonly login: PendingLogin }>;
  /**
   * Finishes a login.
   * @param parameters those with which the browser comes back
   * @returns the identity of the user
   * @throws Error if the provider does not confirm an identity
   */
  finish(parameters: URLSearchParams, login: PendingLogin): Promise<ExternalPerson>;
}

/** How long the provider may take for an answer, in milliseconds. */
const TIMEOUT_MS = 10_000;

export function createExternalProvider(
  options: ExternalProviderOptions,
  redirectUri: string,
): ExternalProvider {
  const issuer = new URL(options.issuer);
  const client: Client = { client_id: options.clientId };

  /** The library and the provider's metadata, loaded when the first user logs in. */
  const connect = async () => {
    const oauth = await import('oauth4webapi');
    // Only on the same machine is http good enough; see `isAcceptableIssuer`.
    const request = () => ({
      signal: AbortSignal.timeout(TIMEOUT_MS),
      [oauth.allowInsecureRequests]: issuer.protocol === 'http:',
    });
    const response = await oauth.discoveryRequest(issuer, { ...request(), algorithm: 'oidc' });
    const server = await oauth.processDiscoveryResponse(issuer, response);
    return { oauth, server, request };
  };

  return {
    issuer: options.issuer,
    name: issuer.host,

    async begin() {
      const { oauth, server } = await connect();
      const login = {
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
        verifier: oauth.generateRandomCodeVerifier(),
      };
      const url = new URL(endpointOf(server));
      for (const [name, value] of Object.entries({
        response_type: 'code',
        client_id: client.client_id,
        redirect_uri: redirectUri,
        scope: 'openid profile email',
        state: login.state,
        nonce: login.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(login.verifier),
        code_challenge_method: 'S256',
      })) {
        url.searchParams.set(name, value);
      }
      return { url, login };
    },

    async finish(parameters, { state, nonce, verifier }) {
      const { oauth, server, request } = await connect();
      const callback = oauth.validateAuthResponse(server, client, parameters, state);
      const authentication =
        options.clientSecret === undefined ? oauth.None() : oauth.ClientSecretBasic(options.clientSecret);
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        callback,
        redirectUri,
        verifier,
        request(),
      );
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: nonce,
        requireIdToken: true,
      });
      const subject = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? '';
      const answer = await oauth.userInfoRequest(server, client, tokens.access_token, request());
      const { email, email_verified } = await oauth.processUserInfoResponse(server, client, subject, answer);
      return {
        issuer: server.issuer,
        subject,
        verifiedEmail: email_verified === true ? email : undefined,
      };
    },
  };
}

function endpointOf({ issuer, authorization_endpoint: endpoint }: AuthorizationServer): string {
  if (endpoint === undefined) throw new Error(`${issuer} has no authorization endpoint`);
  return endpoint;
}

/** Whether an issuer can be trusted to be the one that it says it is: by https, or because it is on this machine. */
export function isAcceptableIssuer(issuer: string): boolean {
  if (!URL.canParse(issuer)) return false;
  const { protocol, hostname } = new URL(issuer);
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback);
}
