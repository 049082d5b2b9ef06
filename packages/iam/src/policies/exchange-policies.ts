import { type Client, scopesOf } from '../clients/clients.ts';
import { OAuthError } from '../errors.ts';
import type { ScopeRegistry } from '../tokens/scopes.ts';
import { type Matching, matcher, type PolicyRule } from './rule.ts';

export const clientMatchings = ['ANY', 'BY_ID', 'BY_SCOPE'] as const;

/** The clients to which a policy applies: all, one, or those that have a scope. */
export interface ClientMatching {
  readonly type: (typeof clientMatchings)[number];
  /** A client id or a scope. */
  readonly matchParam?: string | undefined;
}

/** Permits or denies the exchange of matching scopes. */
export interface ExchangeScopePolicy {
  readonly rule: PolicyRule;
  readonly type: Matching;
  readonly matchParam: string;
}

/** Permits or denies that one client (destination) exchanges the tokens of another (origin). */
export interface ExchangePolicy {
  readonly id: number;
  readonly description: string;
  readonly rule: PolicyRule;
  readonly originClient: ClientMatching;
  readonly destinationClient: ClientMatching;
  readonly scopePolicies: readonly ExchangeScopePolicy[];
  /** Milliseconds since 1970. */
  readonly creationTime: number;
  readonly lastUpdateTime: number;
}

/** Lets every client with the grant exchange the tokens of every client. */
export function permitAllExchanges(now: number): ExchangePolicy {
  const time = Math.floor(now * 1000);
  return {
    id: 1,
    description: 'Allow all exchanges',
    rule: 'PERMIT',
    originClient: { type: 'ANY' },
    destinationClient: { type: 'ANY' },
    scopePolicies: [],
    creationTime: time,
    lastUpdateTime: time,
  };
}

/** A token exchange that a client, the destination, requests. */
export interface Exchange {
  /** The client that got the subject token. */
  readonly origin: Client;
  readonly destination: Client;
  readonly scopes: readonly string[];
}

/**
 * Checks an exchange. The most specific policy for the two clients decides, and among equals a `DENY`.
 * @throws OAuthError 403 `access_denied` if the policy denies the exchange or there is none, 400 `invalid_scope` for a scope that the
 *   origin does not have or the policy denies
 */
export function checkExchange(
  policies: readonly ExchangePolicy[],
  registry: ScopeRegistry,
  exchange: Exchange,
): void {
  const { origin, destination, scopes } = exchange;
  const [policy] = policies
    .filter(
      ({ originClient, destinationClient }) =>
        matches(originClient, origin) && matches(destinationClient, destination),
    )
    .sort((a, b) => rank(b) - rank(a) || Number(b.rule === 'DENY') - Number(a.rule === 'DENY'));
  if (policy === undefined) {
    throw new OAuthError(403, 'access_denied', 'No policy found authorizing this exchange');
  }
  if (policy.rule === 'DENY') throw new OAuthError(403, 'access_denied', 'Token exchange not allowed');

  const ofOrigin = scopesOf(origin);
  for (const scope of scopes) {
    if (scope !== 'offline_access' && !registry.covers(ofOrigin, scope)) {
      const text = `scope not allowed by origin client configuration: ${scope}`;
      throw new OAuthError(400, 'invalid_scope', text);
    }
    if (!permitsScope(policy, scope)) {
      throw new OAuthError(400, 'invalid_scope', `scope exchange not allowed by policy: ${scope}`);
    }
  }
}

function matches({ type, matchParam }: ClientMatching, client: Client): boolean {
  if (type === 'ANY') return true;
  return type === 'BY_ID' ? client.client_id === matchParam : scopesOf(client).includes(matchParam ?? '');
}

const RANKS = { ANY: 0, BY_SCOPE: 1, BY_ID: 2 };

/** How specific a policy is for the two clients. */
function rank({ originClient, destinationClient }: ExchangePolicy): number {
  return RANKS[originClient.type] + RANKS[destinationClient.type];
}

/** As in IAM only a matching `DENY` denies a scope; a `PERMIT` denies no other scopes. */
function permitsScope({ scopePolicies }: ExchangePolicy, scope: string): boolean {
  return !scopePolicies.some(
    ({ rule, type, matchParam }) => rule === 'DENY' && matcher(type, matchParam)(scope),
  );
}
