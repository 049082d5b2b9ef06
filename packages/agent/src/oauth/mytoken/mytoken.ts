/**
 * mytoken servers (https://mytoken-docs.data.kit.edu/). Such a server keeps the refresh token of an issuer and gives the user
 * a mytoken instead, which the user can restrict and pass on. Its token endpoint accepts a mytoken in place of a refresh
 * token.
 */
import * as v from 'valibot';
import { Secret } from '../../secret.ts';
import {
  addressAt,
  type DeviceAuthorization,
  type Polling,
  pollUntilApproved,
  seconds,
} from '../grants/device.ts';
import { Seconds, withRefreshTokenOf } from '../grants/tokens.ts';
import { readAnswer } from '../http/answers.ts';
import { IssuerError } from '../http/errors.ts';
import { send } from '../http/http.ts';
import { checkAnswer } from '../http/refusals.ts';
import type { IssuerMetadata, IssuerRequest } from '../issuer/discovery.ts';
import type { MytokenProfile } from './profile.ts';

/** A login in progress at a mytoken server. The user types no code: the address identifies the login. */
export type MytokenLogin = Omit<DeviceAuthorization, 'userCode' | 'verifier'>;

const loginAnswer = (metadata: IssuerMetadata) =>
  v.object({
    consent_uri: addressAt(metadata),
    polling_code: v.pipe(v.string(), v.nonEmpty()),
    expires_in: seconds(600, 24 * 3600),
    interval: seconds(5, 24 * 3600),
  });

/**
 * Starts a login: the user will consent on a page of the server, and log in at the issuer.
 * @param request.oidcIssuer one of the server's `providers_supported`, as written there
 * @param request.clientName part of the mytoken's name, which the user sees at the server
 * @throws IssuerError, of kind `unsupported` if this is no mytoken server, or IssuerUnreachableError
 */
export async function startMytokenLogin(
  request: IssuerRequest & { oidcIssuer: string; profile: MytokenProfile; clientName: string },
): Promise<MytokenLogin> {
  const { oidcIssuer, profile, clientName } = request;
  const response = await post(request, mytokenEndpoint(request), {
    name: `mytoken for ${clientName}`,
    ...profile,
    application_name: 'oidc-agent',
    oidc_issuer: oidcIssuer,
    grant_type: 'oidc_flow',
    oidc_flow: 'authorization_code',
    client_type: 'native',
    response_type: 'token',
  });
  const answer = await readAnswer(response, loginAnswer(request.metadata), request.metadata.issuer);
  return {
    deviceCode: new Secret(answer.polling_code),
    verificationUri: answer.consent_uri,
    verificationUriComplete: undefined,
    expiresIn: answer.expires_in,
    interval: answer.interval,
  };
}

const MytokenAnswer = v.object({ mytoken: v.pipe(v.string(), v.nonEmpty()) });

/**
 * Waits until the user has consented and logged in, and returns the mytoken. Ends as `pollUntilApproved` does.
 * @throws as `pollUntilApproved`
 */
export async function pollForMytoken(
  request: IssuerRequest & Omit<Polling, 'issuer'> & { device: MytokenLogin },
): Promise<Secret> {
  return await pollUntilApproved({ ...request, issuer: request.metadata.issuer }, () => pollMytoken(request));
}

/**
 * Polls once; see `pollForMytoken`.
 * @throws `IssuerError` with `authorization_pending` and the like
 */
export async function pollMytoken(request: IssuerRequest & { device: MytokenLogin }): Promise<Secret> {
  const { metadata, device } = request;
  const code = device.deviceCode;
  const body = { grant_type: 'polling_code', polling_code: code.reveal() };
  const response = await post(request, mytokenEndpoint(request), body, [code]);
  const { mytoken } = await readAnswer(response, MytokenAnswer, metadata.issuer);
  return new Secret(mytoken);
}

/** A mytoken derived from another one. */
export interface SubMytoken {
  /** The server's answer, with its secrets: the mytoken or a transfer code, and its capabilities. */
  answer: Readonly<Record<string, unknown>>;
  /** Seconds since the epoch; undefined when it does not expire. */
  expiresAt: number | undefined;
  /** Only when the server replaced the mytoken that was used, which is then dead: save this before anything else. */
  replacement: Secret | undefined;
}

const Token = v.pipe(v.string(), v.nonEmpty());
const SubMytokenAnswer = v.pipe(
  v.looseObject({
    mytoken: v.optional(Token),
    transfer_code: v.optional(Token),
    // Errors in the following members never invalidate an answer: it may hold the only copy of a replaced mytoken.
    expires_in: v.fallback(v.optional(Seconds), undefined),
    token_update: v.fallback(v.optional(v.object({ mytoken: Token })), undefined),
  }),
  v.check(
    ({ mytoken, transfer_code }) => mytoken !== undefined || transfer_code !== undefined,
    'must have a mytoken or a transfer code',
  ),
);

/**
 * Derives a mytoken from another one, with at most its capabilities, for another program. Sends the request once.
 * @param request.name the name that the user sees at the server, unless the profile has another one
 * @throws IssuerError, with the new mytoken in an unusable answer, if any, or IssuerUnreachableError
 */
export async function makeSubMytoken(
  request: IssuerRequest & { mytoken: Secret; oidcIssuer: string; profile: MytokenProfile; name: string },
): Promise<SubMytoken> {
  const { metadata, mytoken, oidcIssuer, profile, name } = request;
  const body = {
    name,
    ...profile,
    oidc_issuer: oidcIssuer,
    grant_type: 'mytoken',
    mytoken: mytoken.reveal(),
  };
  const response = await post(request, mytokenEndpoint(request), body, [mytoken]);
  const {
    token_update,
    updated_token: _,
    expires_in,
    ...answer
  } = await readAnswer(response, SubMytokenAnswer, metadata.issuer).catch(async (error: unknown) => {
    throw await withRefreshTokenOf(response, error);
  });
  return {
    answer,
    expiresAt: expires_in === undefined ? undefined : Math.floor(Date.now() / 1000 + expires_in),
    replacement: token_update && new Secret(token_update.mytoken),
  };
}

/**
 * Revokes a mytoken, but not the mytokens derived from it: other programs use them.
 * @throws IssuerError, of kind `unsupported` if the server has no revocation endpoint, or IssuerUnreachableError
 */
export async function revokeMytoken(request: IssuerRequest & { mytoken: Secret }): Promise<void> {
  const { metadata, mytoken } = request;
  const { revocation_endpoint: endpoint, issuer } = metadata;
  if (endpoint === undefined) {
    throw new IssuerError('Token revocation is not supported by this issuer.', {
      issuer,
      kind: 'unsupported',
    });
  }
  await post(request, endpoint, { token: mytoken.reveal() }, [mytoken]);
}

function mytokenEndpoint({ metadata: { issuer, mytoken_endpoint } }: IssuerRequest): string {
  if (mytoken_endpoint !== undefined) return mytoken_endpoint;
  throw new IssuerError('Not a valid mytoken configuration', {
    issuer,
    kind: 'unsupported',
    hints: [`${issuer} is not a mytoken server: its discovery document has no mytoken_endpoint`],
  });
}

async function post(
  { metadata: { issuer, insecureHttp }, ...call }: IssuerRequest,
  address: string,
  body: object,
  secrets: Secret[] = [],
): Promise<Response> {
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  const request = { method: 'POST', headers, body: JSON.stringify(body) } as const;
  const response = await send(address, request, { ...call, issuer, insecureHttp });
  await checkAnswer(response, { issuer, secrets });
  return response;
}
