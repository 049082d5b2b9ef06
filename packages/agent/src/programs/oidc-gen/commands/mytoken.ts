/** Accounts of a mytoken server: instead of a client and a refresh token of the issuer they have a mytoken. */
import { resolve } from 'node:path';
import type { JsonValue } from '@jeton/protocol/cjson';
import type { Account } from '../../../accounts/account.ts';
import type { GpgKey, LoadedAccountFile } from '../../../accounts/account-file.ts';
import type { FileKey } from '../../../accounts/format/crypt.ts';
import { withRefreshToken } from '../../../accounts/replaced-tokens.ts';
import { agentConfig } from '../../../config/settings.ts';
import { metadataOf } from '../../../login/account-issuer.ts';
import { IssuerError } from '../../../oauth/http/errors.ts';
import type { IssuerMetadata } from '../../../oauth/issuer/discovery.ts';
import { sameIssuer } from '../../../oauth/issuer/issuer-url.ts';
import { pollForMytoken, revokeMytoken, startMytokenLogin } from '../../../oauth/mytoken/mytoken.ts';
import { type MytokenProfile, profileValue, readProfile } from '../../../oauth/mytoken/profile.ts';
import { Secret } from '../../../secret.ts';
import { Interruption } from '../../../terminal/interruption.ts';
import { print } from '../../../terminal/output.ts';
import { ProgramError } from '../../../terminal/run.ts';
import { showApproval } from '../../approval.ts';
import { permittedHost, warnOfInsecureHttp } from '../../insecure-http.ts';
import { mayAsk } from '../ask-user.ts';
import { clientName } from '../clients/manual.ts';
import type { Options } from '../command-line.ts';
import { finishAccount, finishRenewal } from '../finish.ts';
import { givenRefreshToken } from '../login/login.ts';
import { issuerAmong, notGiven } from '../questions.ts';

/**
 * `oidc-gen --mytoken-url NAME`: consent at the server and login at the issuer, password, account file, agent.
 * @throws ProgramError, FileError, IssuerError or Interrupted
 */
export async function generateMytokenAccount(
  name: string,
  directory: string,
  options: Options,
  key: FileKey | GpgKey | undefined,
): Promise<void> {
  if (options['only-at']) {
    throw new ProgramError(
      '--only-at cannot be combined with a mytoken server',
      ['make an account, then ask for a token: oidc-token NAME'],
      64,
    );
  }
  const { 'mytoken-url': url = '', mytoken: profile = '', 'cert-path': certPath } = options;
  const server = {
    mytoken_url: String(url),
    config_endpoint: options['configuration-endpoint'],
    cert_path: certPath === undefined ? agentConfig().certPath : resolve(certPath),
    insecure_http: permittedHost(options),
  };
  warnOfInsecureHttp(server);
  const stored = profileValue(profile);
  profileOf(stored);
  const metadata = await metadataOf({ ...server, issuer_url: server.mytoken_url });
  const account: Account = {
    ...server,
    mytoken_url: metadata.issuer,
    name,
    issuer_url: await issuerOf(metadata, name, options),
    client_name: clientName(name, options),
    // Never sent. The C suite before 5.3 has this text in its files, 5.3 has none.
    client_id: 'mytoken',
    client_secret: new Secret('mytoken'),
    auth_scope: scopeOf(options),
    audience: options.audience,
    mytoken_profile: stored,
  };
  print('Generating account configuration ...');
  const isGiven = options['refresh-token'] !== undefined || options['refresh-token-env'] !== undefined;
  const mytoken = isGiven ? await givenRefreshToken(options) : await mytokenLogin(account, metadata, options);
  let isSaved = false;
  const onSaved = () => {
    isSaved = true;
  };
  try {
    await finishAccount({ ...account, refresh_token: mytoken }, directory, options, {
      key,
      printSteps: isGiven,
      onSaved,
    });
  } catch (error) {
    // Revoke a mytoken that neither a file nor the user has.
    if (!isSaved && !isGiven) await revokeMytoken({ metadata, mytoken }).catch(() => undefined);
    throw error;
  }
}

/**
 * `oidc-gen --reauthenticate NAME`, for an account of a mytoken server: another mytoken of the same profile.
 * @throws FileError, IssuerError or Interrupted
 */
export async function renewMytoken(file: LoadedAccountFile, path: string, options: Options): Promise<void> {
  warnOfInsecureHttp(file.account);
  print('Generating account configuration ...');
  const mytoken = await mytokenLogin(file.account, await metadataOf(file.account), options);
  const renewed = withRefreshToken(file.account, mytoken);
  await finishRenewal(path, renewed, file.key, options, false);
}

/** Has the user consent and log in with a browser, on any device, and waits for it. Ctrl-C ends it. */
async function mytokenLogin(account: Account, metadata: IssuerMetadata, options: Options): Promise<Secret> {
  const interruption = new Interruption('Interrupted. Nothing was approved, and nothing was stored.');
  const call = { metadata, certPath: account.cert_path, signal: interruption.signal };
  let stopShowing: (() => void) | undefined;
  try {
    const device = await startMytokenLogin({
      ...call,
      oidcIssuer: account.issuer_url,
      profile: profileOf(account.mytoken_profile ?? {}),
      clientName: account.client_name ?? account.name,
    });
    const approval = { mayOpenBrowser: !options['no-url-call'] };
    stopShowing = showApproval({ ...device, userCode: undefined }, approval);
    return await pollForMytoken({ ...call, device });
  } finally {
    stopShowing?.();
    interruption.dispose();
  }
}

function profileOf(stored: JsonValue | undefined): MytokenProfile {
  const profile = readProfile(stored);
  if (profile !== undefined) return profile;
  throw new ProgramError(
    'Could not parse mytoken profile',
    ['it is the name of a profile of the mytoken server, or JSON: --mytoken=\'{"capabilities":["AT"]}\''],
    64,
  );
}

/** One of the issuers of the server, as it is written there. */
async function issuerOf(
  { issuer: server, providers_supported: providers = [] }: IssuerMetadata,
  name: string,
  options: Options,
): Promise<string> {
  const issuers = providers.map(({ issuer }) => issuer);
  if (options.issuer === undefined && !mayAsk(options)) throw notGiven('issuer url', 'issuer');
  const wanted = options.issuer ?? (await issuerAmong(issuers, name, options));
  const found = issuers.find((issuer) => sameIssuer(issuer, wanted));
  if (found !== undefined) return found;
  throw new IssuerError(`The mytoken server ${server} does not support the issuer ${wanted}`, {
    issuer: server,
    kind: 'unsupported',
    hints: [`it supports ${issuers.join(' ')}`],
  });
}

/** Without an option, tokens have the scopes that the server gives; `max` means the same. */
function scopeOf(options: Options): string | undefined {
  const scope = options.scope.join(' ');
  return options['scope-all'] || scope.split(' ').includes('max') ? undefined : scope || undefined;
}
