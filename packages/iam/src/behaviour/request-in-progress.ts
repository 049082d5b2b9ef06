import { decodeJwt } from 'jose';
import type { Context, Middleware } from 'koa';
import { presentedToken } from '../http/bearer-token.ts';
import { readForm } from '../http/body.ts';
import { basicCredentials } from '../http/client-authentication.ts';
import type { Iam } from '../iam.ts';
import type { Faults } from './rules.ts';

/** What jeton-iam knows of a request before it processes it. */
export interface RequestInProgress {
  /** The client that the request names, authenticated or not. */
  readonly client: string | undefined;
  readonly grant: string | undefined;
  /** What the rules do to it. */
  readonly faults: Faults;
}

const requests = new WeakMap<Context, RequestInProgress>();

/** The request of a context; undefined for requests to the control endpoints, to which no rule applies. */
export function requestInProgress(ctx: Context): RequestInProgress | undefined {
  return requests.get(ctx);
}

/** The path of the control endpoints. */
export const CONTROL_PATH = '/dev/';

/** Finds client and grant of a request, and the rules for it. A rule may replace the path. */
export function recogniseRequest(
  iam: Pick<Iam, 'accessTokens' | 'behaviour' | 'registrationTokens'>,
): Middleware {
  return async (ctx, next) => {
    if (!ctx.path.startsWith(CONTROL_PATH)) {
      const form = await formOf(ctx);
      const client = clientOf(iam, ctx, form);
      const grant = form.get('grant_type') ?? undefined;
      const faults = iam.behaviour.take({ path: ctx.path, client, grant });
      requests.set(ctx, { client, grant, faults });
      if (faults.path !== undefined) ctx.path = faults.path;
    }
    return next();
  };
}

async function formOf(ctx: Context): Promise<URLSearchParams> {
  if (!['/token', '/devicecode', '/introspect', '/revoke'].includes(ctx.path) || ctx.method !== 'POST') {
    return new URLSearchParams();
  }
  // The endpoint that reads the form gets the same error and answers with it.
  return readForm(ctx).catch(() => new URLSearchParams());
}

function clientOf(
  iam: Pick<Iam, 'accessTokens' | 'registrationTokens'>,
  ctx: Context,
  form: URLSearchParams,
): string | undefined {
  const authorization = ctx.get('Authorization');
  const token = presentedToken(ctx);
  return (
    basicCredentials(authorization)?.id ??
    form.get('client_id') ??
    subjectOf(form.get('client_assertion')) ??
    (ctx.path === '/authorize' ? new URLSearchParams(ctx.querystring).get('client_id') : undefined) ??
    (token === undefined ? undefined : iam.accessTokens.get(token)?.clientId) ??
    (token === undefined ? undefined : iam.registrationTokens.get(token))
  );
}

/** The client in an assertion (RFC 7523 section 3). */
function subjectOf(assertion: string | null): string | undefined {
  try {
    return assertion === null ? undefined : decodeJwt(assertion).sub;
  } catch {
    return undefined;
  }
}
