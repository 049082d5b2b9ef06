import { requireAdministrator } from '../../http/caller.ts';
import type { Handler, Routes } from '../../http/router.ts';
import type { Iam } from '../../iam.ts';
import type { Sessions } from '../../sessions.ts';
import { clientManagement } from './clients.ts';
import { exchangePolicyManagement } from './exchange-policies.ts';
import { scopePolicyManagement } from './scope-policies.ts';
import { tokenManagement } from './tokens.ts';

/** Handlers for administrators alone. */
export interface Administration {
  mayRead(handler: Handler): Handler;
  mayWrite(handler: Handler): Handler;
}

/** The administration API: for the access token of an administrator with the right scope, or the login of one. */
export function administrationEndpoints(iam: Iam, sessions: Sessions): Routes {
  const guard = (scope: 'iam:admin.read' | 'iam:admin.write') => (handler: Handler) => {
    const guarded: Handler = async (ctx, ...parameters) => {
      await requireAdministrator(iam, sessions, ctx, scope);
      await handler(ctx, ...parameters);
    };
    return guarded;
  };
  const administration = { mayRead: guard('iam:admin.read'), mayWrite: guard('iam:admin.write') };
  return {
    ...clientManagement(iam, administration),
    ...scopePolicyManagement(iam, administration),
    ...exchangePolicyManagement(iam, administration),
    ...tokenManagement(iam, administration),
  };
}
