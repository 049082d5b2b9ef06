import { type DiscoveryRequest, discover, type IssuerMetadata } from '../oauth/discovery.ts';
import { type Clocks, systemClocks } from './clocks.ts';

/** Seconds after which an issuer's discovery document is fetched anew, and after which that is tried again. */
const age = { fresh: 3600, retry: 60 };

interface Document {
  readonly metadata: Promise<IssuerMetadata>;
  /** By the steady clock. */
  renewAt: number;
}

type Request = Pick<DiscoveryRequest, 'issuer' | 'certPath' | 'configurationEndpoint'>;

/**
 * Discovery documents, fetched once for all who need them. Nobody waits for a newer one: an old document serves until
 * the new one is there. A first attempt that fails is not remembered.
 */
export class MetadataCache {
  readonly #documents = new Map<string, Document>();
  readonly #clocks: Clocks;

  constructor(clocks: Clocks = systemClocks) {
    this.#clocks = clocks;
  }

  /** Throws what `discover` throws. */
  get(request: Request): Promise<IssuerMetadata> {
    const key = JSON.stringify([request.issuer, request.certPath, request.configurationEndpoint]);
    const known = this.#documents.get(key);
    if (known === undefined) {
      const document = this.#fetch(request);
      this.#documents.set(key, document);
      document.metadata.catch(() => this.#documents.delete(key));
      return document.metadata;
    }
    if (this.#clocks.steady() >= known.renewAt) {
      known.renewAt = this.#clocks.steady() + age.retry;
      const newer = this.#fetch(request);
      newer.metadata.then(
        () => this.#documents.set(key, newer),
        () => undefined,
      );
    }
    return known.metadata;
  }

  #fetch(request: Request): Document {
    return { metadata: discover(request), renewAt: this.#clocks.steady() + age.fresh };
  }
}
