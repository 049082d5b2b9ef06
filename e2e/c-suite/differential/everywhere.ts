import type { Part } from './scenario.ts';

/** A difference that shows in many scenarios. It is none where ours has the line of the C suite as it is. */
export interface DifferenceEverywhere {
  /** Which difference of docs/compatibility.md this is. */
  readonly id: string;
  readonly by: Part;
  /**
   * What ours has in place of a line of the C suite; undefined if nothing, the line itself if it is no such line.
   *
   * @param line one that ours lacks
   * @param ours the lines that only ours has
   */
  readonly instead?: (line: string, ours: readonly string[]) => string | undefined;
  /** The lines that ours has and the C suite has not. */
  readonly added?: RegExp;
  /** The lines that ours may have elsewhere, and less often, but never more often. */
  readonly fewer?: RegExp;
}

const nothing = (lines: RegExp) => (line: string) => (lines.test(line) ? undefined : line);

/** A change that is only made where it gives a line of ours. */
const rather = (changed: (line: string) => string) => (line: string, ours: readonly string[]) =>
  ours.includes(changed(line)) ? changed(line) : line;

/** Of the accounts of an issuer, oidc-agent 4 keeps the default one. */
function issuerConfig(line: string, ours: readonly string[]): string | undefined {
  if (line === '+   (as lines)') return '+   (as JSON)';
  if (!/^\+ {3}<issuer>\/ \S+$/.test(line)) return line;
  return ours.find((other) => other.startsWith(`${line} `)) ?? line;
}

/** Members that oidc-agent 4 does not have, or leaves out where they are empty; as they are printed, too. */
const inAccountFile =
  /^(\+ {3}((mytoken_url|config_endpoint|cert_path|device_authorization_endpoint): |(oauth|uses_pub_client): 0|application_type: native|redirect_uris_by_address: \[.*\]|replaced_refresh_tokens: \[<hashes>\]|(auth_scope|refresh_scope): (openid.*)?)|> \t"((mytoken_url|config_endpoint)":\t""|(oauth|uses_pub_client)":\t0|(auth_scope|refresh_scope)":\t"(openid.*)?"),)$/;

/** What ours leaves out: what the issuer said of the client, and an endpoint that is in its metadata. */
const onlyInAccountFilesOfC =
  /^\+ {3}(created_at: <in 0 minutes> \* 1000|device_authorization_endpoint: <issuer>\/devicecode)$/;

export const everywhere: readonly DifferenceEverywhere[] = [
  {
    id: 'refresh-scope',
    by: 'either',
    instead: rather((line) =>
      line
        .replace(/^(.*(?:scope |grant_type=refresh_token.*scope=)openid.*?) offline_access\b/, '$1')
        .trimEnd(),
    ),
  },
  // Ours loads accounts into the C agent of 4.2.6, which tries each of them.
  {
    id: 'first-token',
    by: 'ours/c',
    added: /^@ (GET \| \/\.well-known\/openid-configuration$|POST \| \/token \| .*grant_type=refresh_token)/,
  },
  {
    id: 'masked-secret',
    by: 'either',
    instead: (line) => line.replace(/(?<=Invalid access token: )\S+/, '[secret]'),
  },
  { id: 'discovery', by: 'either', fewer: /^@ GET \| \/\.well-known\/openid-configuration$/ },
  { id: 'hints', by: 'either', added: /^[!|] hint: / },
  {
    id: 'qr-code',
    by: 'programs',
    instead: nothing(
      /^! Alternatively you can use the following QR code to visit the above listed URL\.$|^! <QR code>$/,
    ),
  },
  {
    id: 'nonce',
    by: 'either',
    instead: rather((line) => line.replace(' | prompt=', ' | nonce=<nonce> | prompt=')),
  },
  {
    id: 'device-pkce',
    by: 'either',
    instead: rather((line) =>
      line
        .replace(
          /^(@ POST \| \/devicecode \|.* client_id=[^|]+)(?= \| )/,
          '$1 | code_challenge=<code_challenge> | code_challenge_method=S256',
        )
        .replace(/ \| (device_code=.* \| grant_type=)/, ' | code_verifier=<code_verifier> | $1')
        .trimEnd(),
    ),
  },
  { id: 'error-prefix', by: 'either', instead: rather((line) => line.replace(/^([!|]) /, '$1 Error: ')) },
  {
    id: 'file-modes',
    by: 'either',
    instead: rather((line) => line.replace(/^(mode of .*): 6(44|66)$/, '$1: 600')),
  },
  { id: 'account-members', by: 'either', added: inAccountFile, instead: nothing(onlyInAccountFilesOfC) },
  {
    id: 'default-ca',
    by: 'programs',
    instead: nothing(/^\+ {3}cert_path: \/etc\/ssl\/certs\/ca-certificates\.crt$/),
  },
  { id: 'issuer-config', by: 'either', instead: issuerConfig },
  {
    id: 'listed-accounts',
    by: 'agent',
    added:
      /^(\+ file|mode of) \.config\/oidc-agent\/issuer\.config(: 600)?$|^\+ {3}(<issuer>\/( \w+)+|\(as JSON\))$/,
  },
  { id: 'id-tokens', by: 'either', added: /^@ GET \| \/jwk$/ },
  {
    id: 'list-heading',
    by: 'either',
    instead: nothing(
      /^> (The following account configurations are (usable|currently loaded): |No account configurations.*)$/,
    ),
  },
  {
    id: 'gen-messages',
    by: 'programs',
    instead: nothing(
      /^[>|] (accepted$|The generated account config was successfully added|No account exists with this short name)/,
    ),
  },
  {
    id: 'gen-end',
    by: 'programs',
    added:
      /^\|$|^\| (<id \d+> is logged in at |Access token valid until |Login valid until |Not granted: |Next:$| {2}(oidc-token|jeton)\b)|^@ GET \| \/userinfo /,
  },
  {
    id: 'native-client',
    by: 'either',
    instead: rather((line) =>
      line
        .replace(' | application_type=web | ', ' | application_type=native | ')
        .replace(/(?<=^@ .*)"http:\/\/localhost:4242",.+?:8080",/, (uris) =>
          uris.concat(uris.replaceAll('localhost', '127.0.0.1')),
        )
        .replace(/( \| response_types=|^\+ {3}response_types: )\["token"\]/, '$1[]'),
    ),
  },
];
