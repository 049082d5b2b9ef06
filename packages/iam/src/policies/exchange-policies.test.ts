import { describe, expect, it } from 'vitest';
import { testClients } from '../clients/test-clients.ts';
import { createScopeRegistry, systemScopes } from '../tokens/scopes.ts';
import { checkExchange, type ExchangePolicy, permitAllExchanges } from './exchange-policies.ts';

const registry = createScopeRegistry(systemScopes);
const [origin] = testClients(['openid', 'storage.read:/', 'special']);
const [destination] = testClients(['openid', 'offline_access', 'compute.read']).slice(1);
if (origin === undefined || destination === undefined) throw new Error('the test clients are missing');

const permitAll = permitAllExchanges(0);
const policy = (more: Partial<ExchangePolicy>): ExchangePolicy => ({ ...permitAll, id: 2, ...more });
const exchange = (policies: readonly ExchangePolicy[], scopes: readonly string[] = []) => {
  try {
    checkExchange(policies, registry, { origin, destination, scopes });
    return 'permitted';
  } catch (error) {
    return error;
  }
};
const byId = (id: string) => ({ type: 'BY_ID', matchParam: id }) as const;
const byScope = (scope: string) => ({ type: 'BY_SCOPE', matchParam: scope }) as const;

describe('exchange policies', () => {
  it('deny what none of them is about', () => {
    const elsewhere = policy({ originClient: byId('other') });
    expect(exchange([elsewhere])).toMatchObject({
      status: 403,
      error: 'access_denied',
      error_description: 'No policy found authorizing this exchange',
    });
  });

  it('deny rather than permit, among equals', () => {
    const deny = policy({ rule: 'DENY' });
    for (const policies of [
      [permitAll, deny],
      [deny, permitAll],
    ]) {
      expect(exchange(policies)).toMatchObject({ status: 403, error: 'access_denied' });
    }
  });

  it('decide the more the closer they name the clients: an id counts two, a scope one', () => {
    const originByScope = policy({ rule: 'DENY', originClient: byScope('special') });
    const originById = policy({ originClient: byId(origin.client_id) });
    expect(exchange([permitAll, originByScope])).toMatchObject({ status: 403 });
    expect(exchange([permitAll, originByScope, originById])).toBe('permitted');
    const bothByScope = policy({
      rule: 'DENY',
      originClient: byScope('special'),
      destinationClient: byScope('compute.read'),
    });
    expect(exchange([originById, bothByScope])).toMatchObject({ status: 403 });
    const closest = policy({
      originClient: byId(origin.client_id),
      destinationClient: byId(destination.client_id),
    });
    expect(exchange([originById, bothByScope, closest])).toBe('permitted');
  });

  it('let pass what the origin may have, paths included, and offline_access', () => {
    expect(exchange([permitAll], ['openid', 'storage.read:/a', 'offline_access'])).toBe('permitted');
    expect(exchange([permitAll], ['openid', 'compute.read'])).toMatchObject({
      status: 400,
      error: 'invalid_scope',
      error_description: 'scope not allowed by origin client configuration: compute.read',
    });
  });

  it('may keep scopes back', () => {
    const scopePolicies = [{ rule: 'DENY', type: 'PATH', matchParam: 'storage.read:/home' }] as const;
    const noHome = policy({ scopePolicies });
    expect(exchange([noHome], ['storage.read:/home/a'])).toMatchObject({
      status: 400,
      error: 'invalid_scope',
      error_description: 'scope exchange not allowed by policy: storage.read:/home/a',
    });
    expect(exchange([noHome], ['storage.read:/data'])).toBe('permitted');
  });
});
