import type { Lifetimes } from '../../iam.ts';
import type { ProfileName } from '../../profiles/profiles.ts';
import type { SystemScope } from '../../tokens/scopes.ts';
import type { BehaviourInput, Rule } from '../rules.ts';

/** The options that imitate another issuer. docs/iam-reference.md has the source of each line. */
export interface Likeness {
  readonly profile?: ProfileName;
  readonly scopes?: readonly SystemScope[];
  readonly lifetimes?: Partial<Lifetimes>;
  readonly behaviour: BehaviourInput;
}

/** The path at which clients of jeton-iam register. */
export const REGISTRATION = '/iam/api/client-registration';
export const METADATA = '/.well-known';
/** The `grace` of issuers whose replaced refresh tokens still work. */
export const FOR_GOOD_SECONDS = 30 * 24 * 3600;

/** Rules for endpoints that an issuer does not have. */
export const notThere = (...endpoints: string[]): Rule[] =>
  endpoints.map((endpoint) => ({ endpoint, status: 404 }));
