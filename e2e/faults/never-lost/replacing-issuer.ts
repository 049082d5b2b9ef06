import { startIssuer } from '../../support/servers/scripted-issuer.ts';

/**
 * An issuer that gives a new refresh token with each access token, and ends the login when one comes twice (RFC 9700 section
 * 4.14.2).
 */
export class ReplacingIssuer {
  /** Its address, once it has started. */
  url = '';
  /** The newest refresh token of the newest login. */
  newest = '';
  /** Whether a refresh token was spent twice. */
  isEnded = false;
  #tokens = 0;
  readonly #spent = new Set<string>();

  async start(): Promise<void> {
    const { metadata } = await startIssuer({
      '/token': ({ form }, response) => {
        const given = form.refresh_token;
        if (given !== undefined && this.#spent.has(given)) this.isEnded = true;
        if (given !== undefined) this.#spent.add(given);
        if (this.isEnded) return void response.writeHead(400).end('{"error":"invalid_grant"}');
        const refresh_token = this.newToken();
        response.end(
          JSON.stringify({ access_token: `for ${refresh_token}`, expires_in: 3600, refresh_token }),
        );
      },
    });
    this.url = metadata.issuer;
  }

  /** As a refresh or a login gives one. */
  newToken(): string {
    this.#tokens += 1;
    this.newest = `refresh token ${this.#tokens}`;
    return this.newest;
  }
}
