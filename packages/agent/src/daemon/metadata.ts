import { type DiscoveryRequest, discover, type IssuerMetadata } from '../oauth/discovery.ts';

/** Milliseconds for which an issuer's discovery document is taken as it was. */
const lifetime = 3_600_000;

/** Discovery documents, fetched once for all who need them. A failure is not remembered. */
export class MetadataCache {
  readonly #documents = new Map<string, { fetched: number; metadata: Promise<IssuerMetadata> }>();

  /** Throws what `discover` throws. */
  get(
    request: Pick<DiscoveryRequest, 'issuer' | 'certPath' | 'configurationEndpoint'>,
  ): Promise<IssuerMetadata> {
    const key = JSON.stringify([request.issuer, request.certPath, request.configurationEndpoint]);
    const known = this.#documents.get(key);
    if (known !== undefined && Date.now() - known.fetched < lifetime) return known.metadata;
    const metadata = discover(request);
    this.#documents.set(key, { fetched: Date.now(), metadata });
    metadata.catch(() => this.#documents.delete(key));
    return metadata;
  }
}
