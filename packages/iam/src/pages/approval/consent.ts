import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';
import { PageError } from '../../errors.ts';
import type { Iam } from '../../iam.ts';
import {
  approveAuthorization,
  CONSENT_PATH,
  REQUESTED_SCOPE,
  textsOf,
} from '../../oidc-provider/provider.ts';
import { requestedAudience } from '../../tokens/audience.ts';
import { parseScope } from '../../tokens/scopes.ts';
import { scopesFor } from '../../tokens/token-issuer.ts';
import { rememberConsent } from '../../users/remembered-consent.ts';
import type { Sessions } from '../../users/sessions.ts';
import { csrfField, readPageForm } from '../html/forms.ts';
import { sendPage } from '../html/layout.ts';
import { approvalForm } from './approval-form.ts';

/** `/oauth/confirm_access`: consent to an authorization request. */
export function consentPages(
  iam: Pick<Iam, 'approvals' | 'clients' | 'consents' | 'issuer' | 'lifetimes' | 'scopePolicies' | 'scopes'>,
  provider: Provider,
  sessions: Sessions,
) {
  const pending = async (ctx: Context) => {
    const details = await provider.interactionDetails(ctx.req, ctx.res).catch(() => undefined);
    const parameters = textsOf(details?.params);
    const client = iam.clients.get(parameters.client_id ?? '');
    const login = await sessions.current(ctx);
    if (details === undefined || client === undefined || login === undefined) {
      throw new PageError(400, 'This request has expired. Go back to the application and start again.');
    }
    return { parameters, client, login };
  };

  return {
    GET: async (ctx: Context) => {
      const { parameters, client, login } = await pending(ctx);
      const { user } = login;
      sendPage(ctx, {
        title: 'Approve access',
        formTarget: parameters.redirect_uri,
        task: true,
        user,
        content: approvalForm(
          iam,
          {
            client,
            user,
            scopes: scopesFor(iam, user, parseScope(parameters[REQUESTED_SCOPE])),
            audience: requestedAudience(parameters)?.values ?? [],
          },
          { action: CONSENT_PATH, fields: csrfField(ctx) },
        ),
      });
    },

    POST: async (ctx: Context) => {
      const form = await readPageForm(iam, ctx);
      const { parameters, client, login } = await pending(ctx);
      const isApproved = form.get('user_oauth_approval') === 'true';
      if (isApproved) {
        const [clientId, userId] = [client.client_id, login.user.id];
        const scopes = parseScope(parameters[REQUESTED_SCOPE]);
        rememberConsent(iam, { clientId, userId, scopes }, form.get('remember'));
      }
      const result = isApproved
        ? {
            consent: {
              grantId: await approveAuthorization(iam, provider, {
                clientId: client.client_id,
                userId: login.user.id,
                loginTime: login.loginTime,
                parameters,
              }),
            },
          }
        : { error: 'access_denied', error_description: 'User denied access' };
      ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
      ctx.status = 303;
    },
  };
}
