import type { Routes } from '../../http/router.ts';
import type { Iam } from '../../iam.ts';
import type { Sessions } from '../../sessions.ts';
import { onlyAdministrators } from './administrators.ts';
import { clientManagement } from './clients.ts';
import { exchangePolicyManagement } from './exchange-policies.ts';
import { scopePolicyManagement } from './scope-policies.ts';
import { tokenManagement } from './tokens.ts';

/** The administration API: for the access token of an administrator with the right scope, or the login of one. */
export function administrationEndpoints(iam: Iam, sessions: Sessions): Routes {
  const administrators = onlyAdministrators(iam, sessions);
  return {
    ...clientManagement(iam, administrators),
    ...scopePolicyManagement(iam, administrators),
    ...exchangePolicyManagement(iam, administrators),
    ...tokenManagement(iam, administrators),
  };
}
