import { randomBytes, randomUUID } from 'node:crypto';
import type { Context } from 'koa';
import { adoptClient } from '../clients/adoption.ts';
import { type Client, scopesOf } from '../clients/clients.ts';
import { EmptyError, OAuthError } from '../errors.ts';
import { forbiddenScope } from '../grants/client-scopes.ts';
import { DEVICE_CODE } from '../grants/names.ts';
import { readForm } from '../http/body.ts';
import { refuseSuspended } from '../http/client-authentication.ts';
import type { Iam } from '../iam.ts';
import type { DeviceCode } from '../state/state.ts';
import { requestedAudience } from '../tokens/audience.ts';
import { parseScope } from '../tokens/scopes.ts';

export const USER_CODE_LENGTH = 6;

const USED_ALREADY = 'This code has been used already.';

/** How long an expired code is remembered, so that its owner hears that it expired. Seconds. */
const REMEMBERED_SECONDS = 600;

/**
 * `POST /devicecode` (RFC 8628 section 3.1). As in IAM the client need not authenticate, `client_id` must be in the form, and the answer
 * has no `interval`.
 */
export function deviceCodeEndpoint(
  iam: Pick<
    Iam,
    'autoApprove' | 'clients' | 'deviceCodes' | 'issuer' | 'lifetimes' | 'now' | 'scopes' | 'userCodes'
  >,
) {
  return async (ctx: Context) => {
    const form = await readForm(ctx);
    const parameters = Object.fromEntries(form);
    const clientId = parameters.client_id?.trim() ?? '';
    ctx.set('Cache-Control', 'no-store');
    if (clientId === '') throw new EmptyError(400);
    const client = iam.clients.get(clientId);
    if (client === undefined) throw new EmptyError(404);
    refuseSuspended(client);
    if (!client.grant_types.includes(DEVICE_CODE)) {
      throw new OAuthError(401, 'invalid_client', `Unauthorized grant type: ${DEVICE_CODE}`);
    }
    const asked = parseScope(parameters.scope);
    if (forbiddenScope(iam, client, asked) !== undefined) {
      const description = `One or more requested scope is not allowed for client '${clientId}'`;
      throw new OAuthError(400, 'invalid_scope', description);
    }

    const lifetime = client.device_code_validity_seconds ?? iam.lifetimes.deviceCode;
    const code: DeviceCode = {
      deviceCode: randomUUID(),
      userCode: newUserCode(iam),
      clientId,
      scopes: asked.length > 0 ? asked : scopesOf(client),
      audience: requestedAudience(parameters),
      expiresAt: iam.now() + lifetime,
    };
    iam.deviceCodes.set(code.deviceCode, code, lifetime + REMEMBERED_SECONDS);
    iam.userCodes.set(code.userCode, code.deviceCode, lifetime + REMEMBERED_SECONDS);
    if (iam.autoApprove !== undefined) approve(iam, code, iam.autoApprove.id);

    ctx.body = {
      user_code: code.userCode,
      device_code: code.deviceCode,
      verification_uri: `${iam.issuer}device`,
      verification_uri_complete: `${iam.issuer}device?user_code=${code.userCode}`,
      expires_in: lifetime,
    };
  };
}

/** Approves a device code: the next poll gets tokens. */
export function approve(iam: Pick<Iam, 'clients' | 'deviceCodes'>, code: DeviceCode, userId: string): void {
  const { clientId, scopes, audience } = code;
  adoptClient(iam, clientId, userId);
  const approval = { clientId, userId, scopes, audience };
  iam.deviceCodes.replace(code.deviceCode, { ...code, approval });
}

/** Refuses a device code. As in IAM this changes nothing, unless the setting `denial` is `access_denied`. */
export function deny(iam: Pick<Iam, 'behaviour' | 'deviceCodes'>, code: DeviceCode): void {
  if (iam.behaviour.settings.denial !== 'access_denied') return;
  iam.deviceCodes.replace(code.deviceCode, { ...code, denied: true });
}

/**
 * Finds the device code for a user code, in upper or lower case. Approved codes count, as IAM lets users approve them again.
 * @returns the code with its client, or a message that says why there is none
 */
export function lookUpUserCode(
  iam: Pick<Iam, 'clients' | 'deviceCodes' | 'now' | 'userCodes'>,
  userCode: string,
): { readonly code: DeviceCode; readonly client: Client } | { readonly problem: string } {
  const key = userCode.trim().toUpperCase();
  const code = iam.deviceCodes.get(iam.userCodes.get(key) ?? '');
  const client = iam.clients.get(code?.clientId ?? '');
  if (code === undefined || client === undefined) {
    return { problem: 'This code was not found. Check what your device shows.' };
  }
  if (code.expiresAt <= iam.now()) {
    return { problem: 'This code has expired. Ask your device for a new one.' };
  }
  if (code.denied === true) return { problem: USED_ALREADY };
  return { code, client };
}

/** Finds a device code like `lookUpUserCode`, but only one that still waits for a decision. */
export function lookUpPendingCode(
  iam: Pick<Iam, 'clients' | 'deviceCodes' | 'now' | 'userCodes'>,
  userCode: string,
): ReturnType<typeof lookUpUserCode> {
  const found = lookUpUserCode(iam, userCode);
  return 'code' in found && found.code.approval !== undefined ? { problem: USED_ALREADY } : found;
}

/** A user code as IAM makes it: random letters of both cases, digits, `-` and `_`, then all in upper case. */
function newUserCode(iam: Pick<Iam, 'userCodes'>): string {
  let code: string;
  do code = randomBytes(USER_CODE_LENGTH).toString('base64url').slice(0, USER_CODE_LENGTH).toUpperCase();
  while (iam.userCodes.get(code) !== undefined);
  return code;
}
