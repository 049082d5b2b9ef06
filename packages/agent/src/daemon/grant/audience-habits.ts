import { type AudienceParameter, usualParameter } from '../../oauth/audience.ts';
import type { IssuerMetadata } from '../../oauth/issuer/discovery.ts';

/** Remembers which audience parameter each issuer accepts. Kept in memory only: the next agent learns it again. */
export class AudienceHabits {
  readonly #learned = new Map<string, AudienceParameter>();

  /**
   * The ways to try, one after another: the one that the configuration names, else the one that has worked, else the one
   * that is likely and the other one.
   */
  ways(metadata: IssuerMetadata, configured: AudienceParameter | undefined): AudienceParameter[] {
    const known = configured ?? this.#learned.get(metadata.issuer);
    if (known !== undefined) return [known];
    const usual = usualParameter(metadata);
    return [usual, usual === 'resource' ? 'audience' : 'resource'];
  }

  learn({ issuer }: IssuerMetadata, way: AudienceParameter): void {
    this.#learned.set(issuer, way);
  }
}
