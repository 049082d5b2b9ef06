import { hostname } from 'node:os';
import { shellQuote } from '@jeton/client/shell-quote';
import { redirectUriMembers } from '../../../accounts/account.ts';
import { defineProgram } from '../../../command-line/option-table.ts';
import { readArguments, UsageError } from '../../../command-line/options.ts';
import { type RegisteredClient, registerClient } from '../../../oauth/client/registration.ts';
import type { IssuerMetadata } from '../../../oauth/issuer/discovery.ts';
import { wantedScopes } from '../../../oauth/scope.ts';
import { inform, print, printJson, warn } from '../../../terminal/output.ts';
import { forgetClient } from '../../forget-client.ts';
import { warnOfSecretExpiry } from '../../secret-expiry.ts';
import { DEFAULT_SCOPES, discoverNamed, issuerOptions, requestOptions, Settings } from '../settings.ts';
import { checkTarget, exportLines, outputOptions, saveText } from '../token-output.ts';

export const program = defineProgram({
  name: 'jeton register',
  argsDoc: '',
  doc: 'Register a client at an issuer (RFC 7591), and print it as JSON for oidc-gen -f',
  positionals: { min: 0, max: 0 },
  options: {
    'Issuer:': issuerOptions,
    'Client:': {
      name: {
        arg: 'NAME',
        doc: 'The name that users see when they approve the client; at least 4 characters',
      },
      flow: {
        short: 'w',
        arg: 'device|code',
        choices: ['device', 'code'],
        doc: 'How users log in: with a browser on any device (the default), or on the same computer',
      },
      scope: {
        ...requestOptions.scope,
        doc: "The scopes of the client; 'max' means every scope that the issuer lists",
      },
      'redirect-uri': {
        arg: 'URI',
        repeatable: true,
        doc: 'Where the issuer may redirect the browser after a login (default: the redirect URIs of oidc-agent)',
      },
      public: { doc: 'Register a client without a secret' },
    },
    'Output:': {
      env: {
        doc: 'Print shell commands that set IAM_HOSTNAME, IAM_CLIENT_ID, IAM_CLIENT_SECRET and IAM_CLIENT_SCOPES for the other commands',
      },
      out: { ...outputOptions.out, doc: 'Write the JSON to FILE. Only you can read FILE' },
    },
  },
});

// INDIGO IAM assigns a client without an owner to the first user who approves it, if its name begins like this.
const defaultName = () => `oidc-agent:jeton-${hostname()}`;

/**
 * `jeton register`: the client is printed, or saved for its owner only.
 * @throws ProgramError if a setting is missing, or the file cannot be written: then the client is deleted again;
 * IssuerError or IssuerUnreachableError if the issuer registers no client
 */
export async function run(argv: readonly string[]): Promise<void> {
  const { options } = readArguments(program, argv);
  const { out, flow = 'device', public: isPublic, 'cert-path': certPath } = options;
  if (out !== undefined) checkTarget(out);
  for (const uri of options['redirect-uri']) {
    if (!URL.canParse(uri)) throw new UsageError(program, `'${uri}' is not a redirect URI: it has no scheme`);
  }
  const settings = new Settings(options);
  const issuer = settings.issuerUrl();
  settings.complete();
  const metadata = await discoverNamed(issuer, certPath);
  const clientName = options.name ?? defaultName();
  const redirectUris = options['redirect-uri'].length > 0 ? options['redirect-uri'] : undefined;
  const scope = wantedScopes(settings.scope() ?? DEFAULT_SCOPES, metadata);
  const client = await registerClient({
    metadata,
    clientName,
    scope,
    flows: [flow],
    redirectUris,
    isPublic,
    certPath,
  });
  // Redirect URIs of the command line go by their name of RFC 7591, also those that the C programs refuse there.
  const uris =
    redirectUris === undefined
      ? redirectUriMembers(client.redirectUris)
      : { redirect_uris: client.redirectUris };
  const text = JSON.stringify({ ...clientFile(clientName, client, metadata), ...uris }, undefined, 2);
  if (out !== undefined) await saveOrForget(out, text, client, { issuer: metadata.issuer, certPath });
  if (options.env) print(clientVariables(client, metadata));
  else if (out === undefined) printJson(text);
  warnOfSecretExpiry(client);
  if (client.refusedScopes.length > 0) {
    warn(`Warning: the issuer left out these scopes: ${client.refusedScopes.join(' ')}`);
  }
  if (out !== undefined)
    inform(`hint: create an account with it: oidc-gen -w ${flow} -f ${shellQuote(out)} NAME`);
}

/**
 * The client with the member names of RFC 7591, redirect URIs aside, plus the issuer and the scopes in the members of
 * an account file.
 */
function clientFile(clientName: string, client: RegisteredClient, metadata: IssuerMetadata): object {
  return {
    issuer_url: metadata.issuer,
    device_authorization_endpoint: metadata.device_authorization_endpoint,
    client_name: clientName,
    client_id: client.clientId,
    client_secret: client.clientSecret?.reveal(),
    client_secret_expires_at: client.clientSecretExpiresAt,
    client_id_issued_at: client.clientIdIssuedAt,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    application_type: client.applicationType,
    grant_types: client.grantTypes,
    response_types: client.responseTypes,
    scope: client.scope,
    auth_scope: client.scope,
    registration_access_token: client.registrationAccessToken?.reveal(),
    registration_client_uri: client.registrationClientUri,
  };
}

function clientVariables(client: RegisteredClient, { issuer }: IssuerMetadata): string {
  return exportLines({
    IAM_HOSTNAME: issuer,
    IAM_CLIENT_ID: client.clientId,
    IAM_CLIENT_SECRET: client.clientSecret?.reveal(),
    IAM_CLIENT_SCOPES: client.scope,
  });
}

/** A client that could not be saved would stay at the issuer for good. */
async function saveOrForget(
  path: string,
  text: string,
  client: RegisteredClient,
  call: { issuer: string; certPath: string | undefined },
): Promise<void> {
  try {
    await saveText(path, text);
  } catch (error) {
    await forgetClient(client, call);
    throw error;
  }
}
