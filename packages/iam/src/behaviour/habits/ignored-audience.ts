import type { Middleware } from 'koa';
import type { Iam } from '../../iam.ts';
import { AUDIENCE_PARAMETERS } from '../../tokens/audience.ts';
import { changeParameters } from '../oauth-parameters.ts';

/** Does not see which audience a client asks for: the setting `audience`. */
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
