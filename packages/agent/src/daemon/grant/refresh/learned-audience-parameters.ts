import { type AudienceParameter, defaultAudienceParameter } from '../../../oauth/audience.ts';
import type { IssuerMetadata } from '../../../oauth/issuer/discovery.ts';

/** Remembers which audience parameter each issuer accepts. Kept in memory only: the next agent learns it again. */
export class LearnedAudienceParameters {
  readonly #learned = new Map<string, AudienceParameter>();

  /**
   * The parameters to try, in order: the configured one, else the one that the issuer has accepted before, else the
   * default for this issuer and then the other one.
   */
  toTry(metadata: IssuerMetadata, configured: AudienceParameter | undefined): AudienceParameter[] {
    const known = configured ?? this.#learned.get(metadata.issuer);
    if (known !== undefined) return [known];
    const first = defaultAudienceParameter(metadata);
    return [first, first === 'resource' ? 'audience' : 'resource'];
  }

  /** What was learned, for another process. */
  get all(): readonly (readonly [issuer: string, parameter: AudienceParameter])[] {
    return [...this.#learned];
  }

  /** Goes on with what another process has learned. */
  restore(all: LearnedAudienceParameters['all']): void {
    for (const [issuer, parameter] of all) this.#learned.set(issuer, parameter);
  }

  learn({ issuer }: IssuerMetadata, parameter: AudienceParameter): void {
    this.#learned.set(issuer, parameter);
  }
}
