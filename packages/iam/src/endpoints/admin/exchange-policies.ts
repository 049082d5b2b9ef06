import * as v from 'valibot';
import { ApiError } from '../../errors.ts';
import { readJson } from '../../http/body.ts';
import type { Routes } from '../../http/router.ts';
import type { Iam } from '../../iam.ts';
import { clientMatchings, type ExchangePolicy } from '../../policies/exchange-policies.ts';
import { matchings, rules } from '../../policies/rule.ts';
import type { Administrators } from './administrators.ts';
import { incomplete, isExpression, nextId, policyDescription } from './policies.ts';

const clientMatching = v.pipe(
  v.object(
    {
      type: v.picklist(clientMatchings, 'a client type must be ANY, BY_ID or BY_SCOPE'),
      matchParam: v.optional(v.string('matchParam must be a string')),
    },
    incomplete,
  ),
  v.check(
    ({ type, matchParam }) => type === 'ANY' || (matchParam ?? '') !== '',
    'BY_ID and BY_SCOPE need a matchParam',
  ),
);

const document = v.object(
  {
    description: policyDescription,
    rule: v.picklist(rules, 'rule must be PERMIT or DENY'),
    originClient: clientMatching,
    destinationClient: clientMatching,
    scopePolicies: v.optional(
      v.array(
        v.pipe(
          v.object(
            {
              rule: v.picklist(rules, 'rule must be PERMIT or DENY'),
              type: v.picklist(matchings, 'type must be EQ, REGEXP or PATH'),
              matchParam: v.string('matchParam must be a string'),
            },
            incomplete,
          ),
          v.check(
            ({ type, matchParam }) => type !== 'REGEXP' || isExpression(matchParam),
            'a scope is not a regular expression',
          ),
        ),
        'scopePolicies must be a list',
      ),
      [],
    ),
  },
  incomplete,
);

/** `/iam/api/exchange/policies`: manages the policies for token exchange. */
export function exchangePolicyManagement(
  iam: Pick<Iam, 'exchangePolicies' | 'now'>,
  { mayRead, mayWrite }: Administrators,
): Routes {
  const { exchangePolicies } = iam;
  const known = (id: string): ExchangePolicy => {
    const policy = exchangePolicies.get(id);
    if (policy === undefined) throw new ApiError(404, `Exchange policy not found for id: ${id}`);
    return policy;
  };

  return {
    '/iam/api/exchange/policies': {
      GET: mayRead((ctx) => {
        ctx.body = [...exchangePolicies.values()].map(view);
      }),
      POST: mayWrite(async (ctx) => {
        const result = v.safeParse(document, await readJson(ctx), { abortEarly: true });
        if (!result.success) {
          throw new ApiError(400, `Invalid token exchange policy: ${result.issues[0].message}`);
        }
        const id = nextId(exchangePolicies.values());
        const time = Math.floor(iam.now() * 1000);
        exchangePolicies.set(String(id), { id, ...result.output, creationTime: time, lastUpdateTime: time });
        ctx.status = 201;
        ctx.body = '';
      }),
    },
    '/iam/api/exchange/policies/*': {
      GET: mayRead((ctx, id) => {
        ctx.body = view(known(id));
      }),
      DELETE: mayWrite((ctx, id) => {
        exchangePolicies.delete(String(known(id).id));
        ctx.status = 204;
      }),
    },
  };
}

function view({ creationTime, lastUpdateTime, ...policy }: ExchangePolicy) {
  return {
    ...policy,
    creationTime: new Date(creationTime).toISOString(),
    lastUpdateTime: new Date(lastUpdateTime).toISOString(),
  };
}
