import { userInfoRequest } from 'oauth4webapi';
import * as v from 'valibot';
import type { Secret } from '../../secret.ts';
import { readAnswer } from '../http/answers.ts';
import { IssuerError } from '../http/errors.ts';
import { transport } from '../http/http.ts';
import { checkAnswer } from '../http/refusals.ts';
import type { IssuerRequest } from '../issuer/discovery.ts';

export interface UserInfoRequest extends IssuerRequest {
  accessToken: Secret;
}

const UserInfo = v.looseObject({ sub: v.string() });

/**
 * Requests the claims about the user of an access token (OpenID Connect Core 5.3). The token needs the scope `openid`.
 * @throws IssuerError, of kind `unsupported` if the issuer has no such endpoint
 */
export async function userInfo(request: UserInfoRequest): Promise<v.InferOutput<typeof UserInfo>> {
  const { metadata, accessToken } = request;
  const { issuer } = metadata;
  if (metadata.userinfo_endpoint === undefined) {
    throw new IssuerError('The issuer has no userinfo endpoint.', { issuer, kind: 'unsupported' });
  }
  // oauth4webapi requires a client id, but does not send it.
  const client = { client_id: 'jeton' };
  const options = transport(request);
  const response = await userInfoRequest(metadata, client, accessToken.reveal(), options);
  await checkAnswer(response, { issuer, secrets: [accessToken] }).catch((error: unknown) => {
    // INDIGO IAM answers with a web page.
    if (!(error instanceof IssuerError) || error.status !== 403) throw error;
    throw error.with({
      hints: ['the token needs the scope openid: ask for it in the login, or with --scope'],
    });
  });
  return await readAnswer(response, UserInfo, issuer);
}
