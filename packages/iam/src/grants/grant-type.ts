import type { IncomingMessage } from 'node:http';
import type { Client } from '../clients/clients.ts';
import type { TokenResponse } from '../tokens/token-issuer.ts';

/** A request to the token endpoint by an authenticated client that may use the grant. */
export interface GrantRequest {
  readonly client: Client;
  readonly parameters: Readonly<Record<string, string | undefined>>;
  /** For its headers and its connection. */
  readonly request: IncomingMessage;
}

/** A grant type (RFC 6749 4): its name on the wire, the request parameters that it reads, and how it issues tokens. */
export interface GrantType {
  readonly name: string;
  readonly parameters: readonly string[];
  /** @throws OAuthError */
  issue(request: GrantRequest): Promise<TokenResponse>;
}
