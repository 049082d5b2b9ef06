import type { Context, Middleware } from 'koa';
import * as v from 'valibot';
import { CONTROL_PATH } from '../behaviour/request-in-progress.ts';
import { parseBehaviour } from '../behaviour/rules.ts';
import type { Control } from '../control.ts';
import { ApiError } from '../errors.ts';
import { presentedToken } from '../http/bearer-token.ts';
import { readJson } from '../http/body.ts';
import { isLocal } from '../http/local.ts';
import { type Routes, router } from '../http/router.ts';
import type { ControlAccess } from '../iam.ts';
import { sameText } from '../same-text.ts';

const decision = v.strictObject({ user: v.string(), approve: v.boolean() });

/** The endpoints below `/dev/`, with which tests control and inspect jeton-iam. */
export function controlEndpoints(control: Control, access: ControlAccess): Middleware {
  const routes: Routes = {
    '/dev/behaviour': {
      GET: (ctx) => {
        ctx.body = control.behaviour;
      },
      PUT: async (ctx) => {
        const input = await readJson(ctx);
        try {
          control.behave(parseBehaviour(input));
        } catch (error) {
          throw new ApiError(400, error instanceof Error ? error.message : String(error));
        }
        ctx.body = control.behaviour;
      },
      DELETE: (ctx) => {
        control.behave();
        ctx.status = 204;
      },
    },
    '/dev/device-codes/*': {
      POST: async (ctx, userCode) => {
        const result = v.safeParse(decision, await readJson(ctx));
        if (!result.success)
          throw new ApiError(400, 'The body must be {"user": "...", "approve": true or false}');
        control.decide(userCode, result.output);
        ctx.status = 204;
      },
    },
    '/dev/requests': {
      GET: (ctx) => {
        ctx.body = { requests: control.requests };
      },
      DELETE: (ctx) => {
        control.clearRequests();
        ctx.status = 204;
      },
    },
    '/dev/revoked-families': {
      GET: (ctx) => {
        ctx.body = { families: control.revokedFamilies };
      },
    },
  };
  const answer = router(routes);
  return async (ctx, next) => {
    if (!ctx.path.startsWith(CONTROL_PATH)) return next();
    admit(ctx, access);
    return answer(ctx, next);
  };
}

/** @throws ApiError 401 for a request without the right token, 403 for one that no token would admit */
function admit(ctx: Context, access: ControlAccess): void {
  // Our own pages do not use these endpoints, so a request from a web page comes from another site.
  if (ctx.get('Origin') !== '') throw new ApiError(403, 'Web pages may not use this');
  if (access === 'off') {
    throw new ApiError(
      403,
      'jeton-iam can be reached from other machines, so this needs a token: start it with --control-token-file FILE',
    );
  }
  if (access === 'this machine') {
    if (isLocal(ctx)) return;
    throw new ApiError(403, 'Only programs on this machine may use this, by its loopback address');
  }
  if (!sameText(presentedToken(ctx) ?? '', access.token)) {
    throw new ApiError(401, 'This needs the token of --control-token-file: "Authorization: Bearer TOKEN"');
  }
}
