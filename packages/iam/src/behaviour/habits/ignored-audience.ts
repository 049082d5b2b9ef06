import type { Middleware } from 'koa';
import type { Iam } from '../../iam.ts';
import { AUDIENCE_PARAMETERS } from '../../tokens/audience.ts';
import { changeParameters } from '../oauth-parameters.ts';

/** The setting `audience`: ignores the audience that a client requests. */
export function ignoredAudience(iam: Pick<Iam, 'behaviour'>): Middleware {
  return async (ctx, next) => {
    if (iam.behaviour.settings.audience === 'ignored') {
      await changeParameters(ctx, (parameters) => {
        for (const name of AUDIENCE_PARAMETERS) parameters.delete(name);
      });
    }
    return next();
  };
}
