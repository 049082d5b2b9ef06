import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { MAX_FILE_BYTES } from '../../files/reading/limits.ts';
import { readFile } from '../../files/reading/read-file.ts';
import { describeSystemError } from '../../files/system-error.ts';
import { readAnswer } from '../http/answers.ts';
import type { Call } from '../http/call.ts';
import { IssuerError } from '../http/errors.ts';
import { REQUEST_DEADLINE_MS, send } from '../http/http.ts';
import { checkAnswer } from '../http/refusals.ts';
import { addressProblem } from './address-problem.ts';
import { meantIssuer, sameIssuer, secureUrl, withoutSlash } from './issuer-url.ts';

const List = v.exactOptional(v.array(v.string()));

const Provider = v.object({
  issuer: v.string(),
  name: v.exactOptional(v.string()),
  scopes_supported: List,
});

/** @param insecureHttp as in `secureUrl` */
const metadataSchema = (insecureHttp: string | undefined) => {
  const Endpoint = v.pipe(
    v.string(),
    v.check((url) => secureUrl(url, insecureHttp) !== undefined, 'must be an https URL'),
  );
  return v.object({
    issuer: v.string(),
    token_endpoint: Endpoint,
    device_authorization_endpoint: v.exactOptional(Endpoint),
    registration_endpoint: v.exactOptional(Endpoint),
    revocation_endpoint: v.exactOptional(Endpoint),
    // Only single steps use and check these: do not refuse the issuer for them.
    authorization_endpoint: v.exactOptional(v.string()),
    introspection_endpoint: v.exactOptional(v.string()),
    userinfo_endpoint: v.exactOptional(v.string()),
    jwks_uri: v.exactOptional(Endpoint),
    /** Only INDIGO IAM has it. */
    scim_endpoint: v.exactOptional(v.string()),
    /** Only mytoken servers have these two: they get tokens of several issuers. */
    mytoken_endpoint: v.exactOptional(Endpoint),
    providers_supported: v.exactOptional(v.fallback(v.array(Provider), [])),
    /** RFC 9207: answers of the authorization endpoint name the issuer. */
    authorization_response_iss_parameter_supported: v.exactOptional(v.fallback(v.boolean(), false)),
    scopes_supported: List,
    grant_types_supported: List,
    id_token_signing_alg_values_supported: List,
  });
};

/** An issuer's metadata, with the member names of RFC 8414. `issuer` is the issuer's own spelling: store this one. */
export type IssuerMetadata = v.InferOutput<ReturnType<typeof metadataSchema>> & {
  /** Whether it speaks OpenID Connect, or plain OAuth and then knows no scope `openid`. */
  protocol: 'oidc' | 'oauth';
  /** The host to which requests to this issuer may use plain http: that of the `Call` of the discovery. */
  insecureHttp?: string | undefined;
};

/** The common members of all requests to an issuer whose metadata is known. */
export interface IssuerRequest extends Omit<Call, 'issuer' | 'insecureHttp'> {
  metadata: IssuerMetadata;
}

export interface DiscoveryRequest extends Call {
  /** The address of the discovery document, if it is not below the issuer's; `file:///path` for a local file. */
  configurationEndpoint?: string | undefined;
  /** The kind of document to request first; `oidc` by default. */
  protocol?: 'oidc' | 'oauth' | undefined;
}

/**
 * Fetches and checks an issuer's discovery document.
 *
 * Looks below the issuer (OpenID Connect Discovery 4); on 404 for RFC 8414 metadata: first at its standard place
 * between host and path, then below the issuer, where oidc-agent looks. Reverses the order for an issuer that is known
 * to support OAuth only.
 *
 * @param request.issuer as the user typed it, with or without trailing slash; see `meantIssuer`. The document's own
 * `issuer` must be the same up to that slash (OpenID Connect Discovery 4.3), or one issuer could impersonate another.
 * @throws IssuerError (`untrusted`, `malformed`, ...) or IssuerUnreachableError
 */
export async function discover({ issuer: written, ...others }: DiscoveryRequest): Promise<IssuerMetadata> {
  const issuer = meantIssuer(written);
  const request = { ...others, issuer };
  const { configurationEndpoint, protocol: preferred = 'oidc', insecureHttp } = request;
  const url = requireAddress('issuer', issuer, request);
  if (configurationEndpoint && !configurationEndpoint.startsWith('file:'))
    requireAddress('configuration endpoint', configurationEndpoint, request);
  const { response, protocol } = await fetchDocument(
    configurationEndpoint ? [[configurationEndpoint, preferred]] : documentAddresses(url, preferred),
    request,
  );
  const metadata = await readAnswer(response, metadataSchema(insecureHttp), issuer);
  if (!sameIssuer(meantIssuer(metadata.issuer), issuer)) {
    const claimed = secureUrl(metadata.issuer, insecureHttp)
      ? metadata.issuer
      : 'something that is not a URL';
    throw new IssuerError('Provider uses another issuer url than expected. Something is fishy.', {
      issuer,
      kind: 'untrusted',
      hints: [
        `expected ${issuer}, but the provider calls itself ${claimed}`,
        // The document of Microsoft that is common to all tenants.
        metadata.issuer.includes('{')
          ? `this document is for many issuers; use yours: ${metadata.issuer.replace(/\{\w+\}/g, 'TENANT')}`
          : 'check the spelling of the issuer',
      ],
    });
  }
  // A caller that knows the issuer to lack OpenID Connect overrules the place of the document.
  return {
    ...metadata,
    protocol: preferred === 'oauth' ? preferred : protocol,
    ...(insecureHttp !== undefined && { insecureHttp }),
  };
}

/**
 * @param what the thing that has the address
 * @throws IssuerError `untrusted` for an address to which no secret may be sent
 */
export function requireAddress(
  what: string,
  address: string,
  { issuer, insecureHttp }: Pick<Call, 'issuer' | 'insecureHttp'>,
): URL {
  const wrong = addressProblem(address, { isIssuer: what === 'issuer', insecureHttp });
  if (wrong === undefined) return new URL(address);
  throw new IssuerError(`'${wrong.shown}' cannot be the address of the ${what}: ${wrong.problem}`, {
    issuer,
    kind: 'untrusted',
    hints: wrong.hints,
  });
}

type Place = [address: string, protocol: 'oidc' | 'oauth'];

function documentAddresses(issuer: URL, preferred: 'oidc' | 'oauth'): Place[] {
  const base = withoutSlash(issuer.href);
  const path = withoutSlash(issuer.pathname);
  const oidc: Place[] = [[`${base}/.well-known/openid-configuration`, 'oidc']];
  const oauth: Place[] = [[`${issuer.origin}/.well-known/oauth-authorization-server${path}`, 'oauth']];
  if (path !== '') oauth.push([`${base}/.well-known/oauth-authorization-server`, 'oauth']);
  return preferred === 'oidc' ? [...oidc, ...oauth] : [...oauth, ...oidc];
}

/** The first existing document; if none exists, the error of the first address. All requests share one deadline. */
async function fetchDocument(
  places: Place[],
  call: Call,
): Promise<{ response: Response; protocol: 'oidc' | 'oauth' }> {
  let notFound: Response | undefined;
  const end = performance.now() + (call.deadline ?? REQUEST_DEADLINE_MS);
  for (const [address, protocol] of places) {
    if (address.startsWith('file:')) return { response: await readDocument(address, call), protocol };
    const request = { method: 'GET', headers: { accept: 'application/json' } } as const;
    const response = await send(address, request, { ...call, deadline: end - performance.now() });
    if (response.status !== 404) {
      await checkAnswer(response, { issuer: call.issuer });
      return { response, protocol };
    }
    notFound ??= response;
  }
  throw new IssuerError('Received Http Status Code 404', {
    issuer: call.issuer,
    kind: 'malformed',
    status: notFound?.status,
    hints: [`there is no discovery document below ${call.issuer}: check the spelling of the issuer`],
  });
}

async function readDocument(address: string, { issuer }: Call): Promise<Response> {
  try {
    const { bytes } = await readFile(fileURLToPath(address), { most: MAX_FILE_BYTES.account });
    return new Response(bytes.toString('utf8'));
  } catch (error) {
    const message = `cannot read the discovery document ${address}: ${describeSystemError(error)}`;
    const isAbsolute = address.startsWith('file:///');
    const hints = isAbsolute ? [] : ['a local file is written as file:///PATH, with three slashes'];
    throw new IssuerError(message, { issuer, kind: 'malformed', hints });
  }
}
