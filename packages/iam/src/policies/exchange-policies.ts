import { type Client, scopesOf } from '../clients/clients.ts';
import { OAuthError } from '../errors.ts';
import type { ScopeRegistry } from '../tokens/scopes.ts';
import { type Matching, matcher, type PolicyRule } from './rule.ts';

export const clientMatchings = ['ANY', 'BY_ID', 'BY_SCOPE'] as const;

/** Which clients a policy is about: all of them, one, or those that have a scope. */
export interface ClientMatching {
  readonly type: (typeof clientMatchings)[number];
  /** A client id or a scope. */
  readonly matchParam?: string | undefined;
}

/** Says that the scopes that match may or may not be exchanged. */
export interface ExchangeScopePolicy {
  readonly rule: PolicyRule;
  readonly type: Matching;
  readonly matchParam: string;
}

/** Says whether tokens of one client (origin) may be exchanged by another (destination). */
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

/** Every client that has the grant may exchange the tokens of every client. */
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

/** An exchange that a client, the destination, asks for. */
export interface Exchange {
  /** The client to which the subject token was given. */
  readonly origin: Client;
  readonly destination: Client;
  readonly scopes: readonly string[];
}

/**
 * Lets an exchange pass or not. The policy that names the two clients most closely decides, and among equals a `DENY`.
 * @throws OAuthError 403 `access_denied` when it denies or there is none, 400 `invalid_scope` for a scope that the
 *   origin does not have or the policy does not let pass
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
    if (!letsPass(policy, scope)) {
      throw new OAuthError(400, 'invalid_scope', `scope exchange not allowed by policy: ${scope}`);
    }
  }
}

function matches({ type, matchParam }: ClientMatching, client: Client): boolean {
  if (type === 'ANY') return true;
  return type === 'BY_ID' ? client.client_id === matchParam : scopesOf(client).includes(matchParam ?? '');
}

const RANKS = { ANY: 0, BY_SCOPE: 1, BY_ID: 2 };

/** How closely a policy names the two clients. */
function rank({ originClient, destinationClient }: ExchangePolicy): number {
  return RANKS[originClient.type] + RANKS[destinationClient.type];
}

/** As in IAM only a `DENY` that matches keeps a scope back; a `PERMIT` keeps back nothing. */
function letsPass({ scopePolicies }: ExchangePolicy, scope: string): boolean {
  return !scopePolicies.some(
    ({ rule, type, matchParam }) => rule === 'DENY' && matcher(type, matchParam)(scope),
  );
}
