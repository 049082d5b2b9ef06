/** What the issuers of bench/iam.ts have in common. */

/** A user's client: the one of jeton-iam's test data, so that both issuers get the same requests. */
export const personalClient = { client_id: 'device-code-client', client_secret: 'secret' } as const;
/** A client that acts for itself; likewise. */
export const machineClient = { client_id: 'client-cred', client_secret: 'secret' } as const;

/** Without `openid`: an access token is then all that has to be signed. */
export const scope = 'offline_access storage.read:/';
export const resource = 'https://storage.example';
