import { type Flow, grantTypesOf } from '../../oauth/grants/flow.ts';
import { IssuerError, isAboutGrant } from '../../oauth/http/errors.ts';
import type { Options } from './command-line.ts';
import type { MetIssuer } from './issuer.ts';

/** The error of an issuer that registers no client, with hints on how the user can get one. */
export function advised(
  error: IssuerError,
  { known, metadata }: MetIssuer,
  flows: readonly Flow[],
  options: Options,
): IssuerError {
  const { register, contact } = known ?? {};
  const hints = [
    ...error.hints,
    ...((error.status === 401 || error.status === 403) && !options['access-token']
      ? ['if the issuer gave you a token for registering clients, pass it: --at=TOKEN']
      : []),
    register === undefined
      ? `register a client by hand at ${metadata.issuer}, if it has a page for that`
      : `register a client by hand at ${register}`,
    ...(contact === undefined ? [] : [`ask for help: ${contact}`]),
    `the client needs the grants ${grantTypesOf(flows).join(' ')}, the scopes openid offline_access and those of your tokens`,
    ...(flows.includes('code')
      ? [
          'its redirect URIs: http://localhost:4242 http://localhost:8080 http://localhost:43985 edu.kit.data.oidc-agent:/redirect',
        ]
      : []),
    'then create the account with it: oidc-gen -m --client-id=ID NAME',
  ];
  return error.with({ hints });
}

/** The error of a login, with hints for the user if the issuer refuses the client or a scope. */
export function advisedLogin(error: unknown): unknown {
  if (!(error instanceof IssuerError) || error.hints.length > 0) return error;
  const hints = loginHints(error);
  return hints.length === 0 ? error : error.with({ hints });
}

function loginHints(error: IssuerError): string[] {
  if (error.kind === 'scope_refused') {
    return [
      'ask only for scopes that the client may have: --scope',
      'if it is offline_access that this issuer refuses: "offline_access": false in issuer.config',
    ];
  }
  if (error.kind !== 'client_refused') return [];
  return isAboutGrant(error)
    ? ['the client is not registered for this flow (-w)']
    : ['check the client id, and its secret: --client-id=ID --client-secret=SECRET'];
}
