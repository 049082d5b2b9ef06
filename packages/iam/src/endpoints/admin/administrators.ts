import type { AdministrationScope, Callers } from '../../http/caller.ts';
import type { Handler } from '../../http/router.ts';

/** Restricts handlers to administrators. */
export interface Administrators {
  mayRead(handler: Handler): Handler;
  mayWrite(handler: Handler): Handler;
}

/** Recognizes administrators by an access token with the right scope, or by a login session. */
export function onlyAdministrators(callers: Callers): Administrators {
  const guard = (scope: AdministrationScope) => (handler: Handler) => {
    const guarded: Handler = async (ctx, ...parameters) => {
      await callers.requireAdministrator(ctx, scope);
      await handler(ctx, ...parameters);
    };
    return guarded;
  };
  return { mayRead: guard('iam:admin.read'), mayWrite: guard('iam:admin.write') };
}
