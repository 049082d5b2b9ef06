import type { Part } from './scenario.ts';

/** A difference that shows in many scenarios. */
export interface DifferenceEverywhere {
  /** Which difference of docs/compatibility.md this is. */
  readonly id: string;
  readonly by: Part;
  /** What of a line of the transcript is compared all the same; undefined if nothing is. */
  readonly compared: (line: string) => string | undefined;
}

const not = (lines: RegExp) => (line: string) => (lines.test(line) ? undefined : line);

/** Of the accounts of an issuer, oidc-agent 4 keeps the default one. */
function issuerConfig(line: string): string | undefined {
  return /^\+ {3}\(as (lines|JSON)\)$/.test(line)
    ? undefined
    : line.replace(/^(\+ {3}<issuer>\/ \S+) .*/, '$1');
}

/** Members that oidc-agent 4 does not know or leaves out. */
const laterMembers =
  /^(?:\+ {3}|> \t")(mytoken_url|config_endpoint|oauth|auth_scope|refresh_scope|application_type|grant_types|response_types|registration_\w+|token_endpoint_auth_method|client_id_issued_at|created_at|daeSetByUser|device_authorization_endpoint|uses_pub_client)(: |":\t)/;

export const everywhere: readonly DifferenceEverywhere[] = [
  // Ours loads accounts into the C agent of 4.2.6, which tries each of them.
  { id: 'first-token', by: 'ours/c', compared: not(/^@ POST \| \/token \| .*grant_type=refresh_token/) },
  { id: 'hints', by: 'either', compared: not(/^[!|] hint: /) },
  { id: 'error-prefix', by: 'either', compared: (line) => line.replace(/^([!|]) Error: /, '$1 ') },
  { id: 'file-modes', by: 'either', compared: not(/^mode of /) },
  { id: 'account-members', by: 'either', compared: not(laterMembers) },
  {
    id: 'default-ca',
    by: 'programs',
    compared: not(/^\+ {3}cert_path: \/etc\/ssl\/certs\/ca-certificates\.crt$/),
  },
  { id: 'issuer-config', by: 'either', compared: issuerConfig },
  { id: 'discovery', by: 'either', compared: not(/^@ GET \| \/\.well-known\/openid-configuration$/) },
  { id: 'id-tokens', by: 'either', compared: not(/^@ GET \| \/jwk$/) },
  {
    id: 'refresh-scope',
    by: 'either',
    compared: (line) =>
      line
        .replace(/^(.*(?:scope |grant_type=refresh_token.*scope=)openid.*) offline_access\b/, '$1')
        .trimEnd(),
  },
  {
    id: 'list-heading',
    by: 'either',
    compared: not(/^> (The following account configurations are|No account configurations)/),
  },
  { id: 'qr-code', by: 'programs', compared: not(/^!$|^! Alternatively you can use|<QR code>/) },
  {
    id: 'gen-messages',
    by: 'programs',
    compared: not(
      /^[>|] (accepted$|The generated account config was successfully added|No account exists with this short name)/,
    ),
  },
  {
    id: 'native-client',
    by: 'either',
    compared: (line) =>
      line.startsWith('@ POST | /iam/api/client-registration')
        ? line.replace(/ \| (application_type|response_types)=[^|]+(?= \|)/g, '')
        : line,
  },
  { id: 'nonce', by: 'either', compared: (line) => line.replace(' | nonce=<nonce>', '') },
];
