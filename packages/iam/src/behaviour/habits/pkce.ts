import type { Middleware } from 'koa';
import { OAuthError } from '../../errors.ts';
import { DEVICE_CODE } from '../../grants/names.ts';
import { codeChallenge } from '../../grants/pkce.ts';
import { readForm } from '../../http/body.ts';
import type { Iam } from '../../iam.ts';
import { sameText } from '../../same-text.ts';

/**
 * The setting `pkce` for the device flow: requires PKCE (RFC 7636). oidc-provider requires it in the code flow.
 */
export function devicePkce(iam: Pick<Iam, 'behaviour' | 'deviceCodes'>): Middleware {
  return async (ctx, next) => {
    const isRequired = iam.behaviour.settings.pkce === 'required' && ctx.method === 'POST';
    if (!isRequired || !['/devicecode', '/token'].includes(ctx.path)) return next();
    const form = await readForm(ctx);
    if (ctx.path === '/token') {
      if (form.get('grant_type') === DEVICE_CODE) checkVerifier(iam, form);
      return next();
    }
    const challenge = challengeIn(form);
    await next();
    const body: unknown = ctx.body;
    if (typeof body !== 'object' || body === null || !('device_code' in body)) return;
    const deviceCode = String(body.device_code);
    const code = iam.deviceCodes.get(deviceCode);
    if (code !== undefined) iam.deviceCodes.replace(deviceCode, { ...code, codeChallenge: challenge });
  };
}

function challengeIn(form: URLSearchParams): string {
  const challenge = form.get('code_challenge');
  if (form.get('code_challenge_method') === 'S256' && challenge) return challenge;
  const missing = form.get('code_challenge_method') === 'S256' ? 'code_challenge' : 'code_challenge_method';
  throw new OAuthError(400, 'invalid_request', `Missing parameter: ${missing}`);
}

function checkVerifier(iam: Pick<Iam, 'deviceCodes'>, form: URLSearchParams): void {
  const code = iam.deviceCodes.get(form.get('device_code') ?? '');
  if (code === undefined) return;
  const verifier = form.get('code_verifier');
  if (verifier === null) throw new OAuthError(400, 'invalid_grant', 'PKCE code verifier not specified');
  if (sameText(codeChallenge(verifier), code.codeChallenge ?? '')) return;
  throw new OAuthError(400, 'invalid_grant', 'PKCE verification failed: Code mismatch');
}
