import { authorizationCode } from './authorization-code.ts';
import { clientCredentials } from './client-credentials.ts';
import { deviceCode } from './device-code.ts';
import type { GrantType } from './grant-type.ts';
import { password } from './password.ts';
import { refreshToken } from './refresh-token.ts';
import { tokenExchange } from './token-exchange.ts';

/** The grants of the token endpoint. */
export const grantTypes: readonly GrantType[] = [
  deviceCode,
  refreshToken,
  clientCredentials,
  authorizationCode,
  password,
  tokenExchange,
];
