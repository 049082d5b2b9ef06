/** A `Secret` is revealed where it is sent, encrypted or printed, and nowhere else. */
import { expect, test } from 'vitest';
import { filesWith } from './sources.ts';

/** The files that reveal a secret, and what for. A comparison needs none: `equals`, `isEmpty`. */
const REVEALED_FOR: Readonly<Record<string, string>> = {
  'accounts/account.ts': 'the content of an account file, which is encrypted next',
  'accounts/aside.ts': 'the file of a refresh token that could not be saved in its account',
  'accounts/format/crypt.ts': 'the derivation of a key from a password',
  'accounts/passwords/keyring.ts': 'the keyring gets the password on standard input',
  'accounts/passwords/known-password.ts': 'the environment in which a password is looked for',
  'accounts/replaced-tokens.ts': 'a digest',
  'daemon/accounts/serialized-account.ts':
    'what is encrypted while the agent is locked, and what the next agent gets',
  'daemon/requests/for-c-clients/client-requests.ts': 'the answer to a client of the agent',
  'daemon/requests/for-c-clients/device-logins.ts': 'the answer to a client of the agent',
  'daemon/requests/for-c-clients/login-requests.ts': 'the answer to a client of the agent',
  'daemon/requests/token-requests.ts': 'the answer to a client of the agent',
  'oauth/client/client-authentication.ts': 'a request to the issuer',
  'oauth/client/client-update.ts': 'a request to the issuer',
  'oauth/client/registration.ts': 'a request to the issuer',
  'oauth/grants/code.ts': 'a request to the issuer',
  'oauth/grants/device.ts': 'a request to the issuer',
  'oauth/mytoken/mytoken.ts': 'a request to the issuer',
  'oauth/grants/token-request.ts': 'a request to the issuer',
  'oauth/http/redaction.ts': 'the search for it in an error of the issuer, to mask it there',
  'oauth/tokens/introspection.ts': 'a request to the issuer',
  'oauth/issuer/id-token.ts': 'the check of its signature',
  'oauth/tokens/revocation.ts': 'a request to the issuer',
  'oauth/tokens/unverified-claims.ts': 'its claims',
  'oauth/tokens/userinfo.ts': 'a request to the issuer',
  'programs/jeton/commands/inspect.ts': 'its claims, which the user wants to see',
  'programs/jeton/commands/refresh.ts': 'the file that the user has named',
  'programs/jeton/commands/register.ts': 'the file or the output that the user wants',
  'programs/jeton/token-output.ts': 'the output that the user wants',
  'programs/oidc-add/agent-lock.ts': 'an encrypted request to the agent',
  'programs/oidc-gen/commands/generate.ts': 'the output that the user wants (--only-at)',
  'programs/oidc-gen/login/pending-login.ts': 'a file that is encrypted next',
  'programs/oidc-prompt/terminal.ts': 'the answer of the user, which is the output',
  'programs/password-options.ts': 'an encrypted request to the agent of the C suite',
  'secret.ts': 'the parameters of a request to the issuer',
};

test('no other file reveals a secret', () => {
  const revealing = filesWith(/\.reveal\b|\brevealed\b[^;]*secret\.ts'/);
  expect(revealing).toEqual(Object.keys(REVEALED_FOR).sort());
});
