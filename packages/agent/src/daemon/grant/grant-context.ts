import type { Account } from '../../accounts/account.ts';
import type { Clock } from '../../concurrency/clock.ts';
import { Remembered } from '../../concurrency/remembered.ts';
import type { KnownIssuer } from '../../config/issuers/issuer-file.ts';
import { findIssuer } from '../../config/issuers/issuers.ts';
import type { IssuerMetadata } from '../../oauth/issuer/discovery.ts';
import type { Secret } from '../../secret.ts';
import { customFor, issuers } from '../configuration.ts';
import { IssuerDocuments, type SettledDocument } from './issuer-documents.ts';
import { LearnedAudienceParameters } from './refresh/learned-audience-parameters.ts';
import type { GrantFile } from './synced-account.ts';

/** What a grant needs besides its account. */
export interface GrantContext {
  readonly documents: IssuerDocuments;
  /** The configuration of an issuer. */
  readonly knownIssuer: (issuer: string) => Promise<KnownIssuer | undefined>;
  /** The parameters that the configuration adds to each refresh of an account. */
  readonly customParameters: (account: Account) => Promise<Readonly<Record<string, Secret>>>;
  readonly audienceParameters: LearnedAudienceParameters;
  readonly file: GrantFile;
  readonly clock?: Clock;
  /** Called when something has changed that must survive the end of this process; see `SyncedAccount`. */
  readonly onChange?: (() => void) | undefined;
}

/** What an agent has learned about issuers, for another process. Contains no secrets. */
export interface LearnedAboutIssuers {
  readonly metadata: SettledDocument<IssuerMetadata>[];
  readonly audienceParameters: LearnedAudienceParameters['all'];
}

/** What all grants of an agent share: the user's configuration, and what the agent has learned about issuers. */
export class SharedContext {
  readonly #documents = new IssuerDocuments();
  readonly #audienceParameters = new LearnedAudienceParameters();
  /** A refresh does not read a dozen files each time. */
  readonly #issuers = new Remembered(issuers, 2);

  get learned(): LearnedAboutIssuers {
    return { metadata: this.#documents.settledMetadata, audienceParameters: this.#audienceParameters.all };
  }

  /** Goes on with what another process has learned. */
  restore({ metadata, audienceParameters }: LearnedAboutIssuers): void {
    this.#documents.restoreMetadata(metadata);
    this.#audienceParameters.restore(audienceParameters);
  }

  /** The context of the grant whose account is in this file. */
  with(file: GrantFile): GrantContext {
    return {
      documents: this.#documents,
      audienceParameters: this.#audienceParameters,
      knownIssuer: async (issuer) => findIssuer(await this.#issuers.get(), issuer),
      customParameters: (account) => customFor('refresh', account),
      file,
    };
  }
}
