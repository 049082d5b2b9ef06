import { requireAdministrator } from '../../http/caller.ts';
import type { Handler } from '../../http/router.ts';
import type { Iam } from '../../iam.ts';
import type { Sessions } from '../../sessions.ts';

/** Makes handlers that answer administrators alone. */
export interface Administrators {
  mayRead(handler: Handler): Handler;
  mayWrite(handler: Handler): Handler;
}

/** Recognizes an administrator by an access token with the right scope, or by a login session. */
export function onlyAdministrators(iam: Iam, sessions: Sessions): Administrators {
  const guard = (scope: 'iam:admin.read' | 'iam:admin.write') => (handler: Handler) => {
    const guarded: Handler = async (ctx, ...parameters) => {
      await requireAdministrator(iam, sessions, ctx, scope);
      await handler(ctx, ...parameters);
    };
    return guarded;
  };
  return { mayRead: guard('iam:admin.read'), mayWrite: guard('iam:admin.write') };
}
