import type { Middleware } from 'koa';
import { parseScope } from '../../tokens/scopes.ts';
import { changeParameters } from '../oauth-parameters.ts';
import { requestInProgress } from '../request-in-progress.ts';

/** Accepts the new names of renamed scopes in requests: a client requests the scopes that the last answer named. */
export const scopeNames: Middleware = async (ctx, next) => {
  const { scope_names } = requestInProgress(ctx)?.faults ?? {};
  if (scope_names !== undefined) {
    const usual = new Map(Object.entries(scope_names).map(([name, other]) => [other, name]));
    await changeParameters(ctx, (parameters) => {
      const scopes = parseScope(parameters.get('scope') ?? undefined);
      if (scopes.length > 0)
        parameters.set('scope', scopes.map((scope) => usual.get(scope) ?? scope).join(' '));
    });
  }
  return next();
};
