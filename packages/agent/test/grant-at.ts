import type { Account } from '../src/accounts/account.ts';
import type { KnownIssuer } from '../src/config/issuers/issuer-file.ts';
import { Grant } from '../src/daemon/grant/grant.ts';
import { IssuerDocuments } from '../src/daemon/grant/issuer-documents.ts';
import { LearnedAudienceParameters } from '../src/daemon/grant/refresh/learned-audience-parameters.ts';
import { Secret } from '../src/secret.ts';
import { MemoryAccountFile } from './memory-account-file.ts';
import { type Answer, scriptedIssuer } from './scripted-issuer.ts';
import { VirtualClock } from './virtual-clock.ts';

/** An answer with tokens. */
export const tokens = (access_token: string, others: object = {}): Answer => ({
  json: { access_token, token_type: 'Bearer', expires_in: 3600, ...others },
});

/** A grant at an issuer whose token endpoint answers as scripted, and all that the issuer and the disk saw of it. */
export async function grantAt(
  answers: Answer | Answer[],
  {
    account = {},
    known,
    custom = {},
  }: {
    account?: Partial<Account>;
    known?: Omit<KnownIssuer, 'issuer'>;
    custom?: Record<string, Secret>;
  } = {},
) {
  const issuer = await scriptedIssuer({
    '/.well-known/openid-configuration': (_request, response) => {
      response.end(JSON.stringify(issuer.metadata));
    },
    '/token': answers,
  });
  const file = new MemoryAccountFile();
  const clock = new VirtualClock();
  const initial: Account = {
    name: 'wlcg',
    issuer_url: issuer.metadata.issuer,
    client_id: 'c',
    auth_scope: 'openid offline_access storage.read:/',
    refresh_token: new Secret('first'),
    ...account,
  };
  const grant = new Grant(initial, {
    documents: new IssuerDocuments(),
    audienceParameters: new LearnedAudienceParameters(),
    knownIssuer: async () => known && { issuer: issuer.metadata.issuer, ...known },
    customParameters: async () => custom,
    file,
    clock,
  });
  const forms = () => issuer.requests.filter(({ path }) => path === '/token').map(({ form }) => form);
  const get = async (parameters = {}, minValid = 0) =>
    (await grant.token(parameters, minValid)).accessToken.reveal();
  return { grant, get, forms, file, clock, initial };
}
