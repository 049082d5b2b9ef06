import * as v from 'valibot';
import { ApiError } from '../../errors.ts';
import { readJson } from '../../http/body.ts';
import type { Routes } from '../../http/router.ts';
import type { Iam } from '../../iam.ts';
import { matchings, rules } from '../../policies/rule.ts';
import type { ScopePolicy } from '../../policies/scope-policies.ts';
import type { Administrators } from './administrators.ts';
import { incomplete, isExpression, nextId, policyDescription } from './policies.ts';

const document = v.pipe(
  v.object(
    {
      description: policyDescription,
      rule: v.picklist(rules, 'rule must be PERMIT or DENY'),
      matchingPolicy: v.optional(v.picklist(matchings, 'matchingPolicy must be EQ, REGEXP or PATH'), 'EQ'),
      account: v.nullish(v.object({ uuid: v.string() }, 'account must have a uuid')),
      group: v.nullish(v.object({ name: v.string() }, 'group must have a name')),
      scopes: v.nullish(v.array(v.string('a scope must be a string'), 'scopes must be a list')),
    },
    incomplete,
  ),
  v.check(
    ({ account, group }) => account == null || group == null,
    'a policy cannot have both an account and a group',
  ),
  v.check(
    ({ matchingPolicy, scopes }) => matchingPolicy !== 'REGEXP' || (scopes ?? []).every(isExpression),
    'a scope is not a regular expression',
  ),
);

/** `/iam/scope_policies`: manages the policies that permit or deny scopes to users. */
export function scopePolicyManagement(
  iam: Pick<Iam, 'issuer' | 'now' | 'scopePolicies' | 'users'>,
  { mayRead, mayWrite }: Administrators,
): Routes {
  const { scopePolicies } = iam;
  const view = policyView(iam);
  const known = (id: string): ScopePolicy => {
    const policy = scopePolicies.get(id);
    if (policy === undefined) throw new ApiError(404, `No scope policy found for id: ${id}`);
    return policy;
  };
  const store = (policy: ScopePolicy) => {
    const twin = [...scopePolicies.values()].find(
      (other) => other.id !== policy.id && meaning(other) === meaning(policy),
    );
    if (twin !== undefined) throw new ApiError(400, `Duplicate scope policy: it says what ${twin.id} says`);
    scopePolicies.set(String(policy.id), policy);
  };

  return {
    '/iam/scope_policies': {
      GET: mayRead((ctx) => {
        ctx.body = [...scopePolicies.values()].map(view);
      }),
      POST: mayWrite(async (ctx) => {
        const time = Math.floor(iam.now() * 1000);
        const policy = parseScopePolicy(iam, await readJson(ctx));
        store({ ...policy, id: nextId(scopePolicies.values()), creationTime: time, lastUpdateTime: time });
        ctx.status = 201;
        ctx.body = '';
      }),
    },
    '/iam/scope_policies/*': {
      GET: mayRead((ctx, id) => {
        ctx.body = view(known(id));
      }),
      PUT: mayWrite(async (ctx, id) => {
        const { creationTime } = known(id);
        const policy = parseScopePolicy(iam, await readJson(ctx));
        store({ ...policy, id: Number(id), creationTime, lastUpdateTime: Math.floor(iam.now() * 1000) });
        ctx.status = 204;
      }),
      DELETE: mayWrite((ctx, id) => {
        scopePolicies.delete(String(known(id).id));
        ctx.status = 204;
      }),
    },
  };
}

/** @throws ApiError 400 */
function parseScopePolicy(
  iam: Pick<Iam, 'users'>,
  body: unknown,
): Omit<ScopePolicy, 'id' | 'creationTime' | 'lastUpdateTime'> {
  const result = v.safeParse(document, body, { abortEarly: true });
  if (!result.success) throw new ApiError(400, `Invalid scope policy: ${result.issues[0].message}`);
  const { account, group, scopes, ...rest } = result.output;
  if (account != null && iam.users.byId(account.uuid) === undefined) {
    throw new ApiError(400, `Invalid scope policy: No account found for id: ${account.uuid}`);
  }
  return {
    ...rest,
    account: account?.uuid,
    group: group?.name,
    scopes: scopes == null || scopes.length === 0 ? undefined : scopes,
  };
}

/** The meaning of a policy as text: equal for policies that permit or deny the same. */
function meaning({ rule, matchingPolicy, account, group, scopes }: ScopePolicy): string {
  return JSON.stringify([rule, scopes && matchingPolicy, account, group, scopes && [...scopes].sort()]);
}

function policyView(iam: Pick<Iam, 'issuer' | 'users'>) {
  return ({ account, group, scopes, creationTime, lastUpdateTime, ...rest }: ScopePolicy) => ({
    ...rest,
    creationTime: new Date(creationTime).toISOString(),
    lastUpdateTime: new Date(lastUpdateTime).toISOString(),
    account:
      account === undefined
        ? null
        : {
            uuid: account,
            username: iam.users.byId(account)?.username,
            location: `${iam.issuer}scim/Users/${account}`,
          },
    group: group === undefined ? null : { name: group },
    scopes: scopes ?? null,
  });
}
