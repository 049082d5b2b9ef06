export const AUTHORIZATION_CODE = 'authorization_code';
export const CLIENT_CREDENTIALS = 'client_credentials';
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
export const IMPLICIT = 'implicit';
export const PASSWORD = 'password';
export const REFRESH_TOKEN = 'refresh_token';
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** Every grant that IAM knows, in the order of its discovery document. */
export const knownGrants: readonly string[] = [
  AUTHORIZATION_CODE,
  IMPLICIT,
  REFRESH_TOKEN,
  CLIENT_CREDENTIALS,
  PASSWORD,
  TOKEN_EXCHANGE,
  DEVICE_CODE,
];

/** The grants of the token endpoint. The implicit grant has no request there. */
export const TOKEN_ENDPOINT_GRANTS: readonly string[] = knownGrants.filter((grant) => grant !== IMPLICIT);
