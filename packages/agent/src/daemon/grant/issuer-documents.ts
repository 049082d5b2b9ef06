import type { JSONWebKeySet } from 'jose';
import { type Clocks, systemClocks } from '../../concurrency/clocks.ts';
import { type DiscoveryRequest, discover, type IssuerMetadata } from '../../oauth/issuer/discovery.ts';
import { fetchKeys } from '../../oauth/issuer/keys.ts';

/** Seconds after which a document is fetched anew, and after which that may be tried again. */
const age = { fresh: 3600, retry: 60 };

interface Document<Content> {
  readonly content: Promise<Content>;
  /** By the steady clock. */
  renewAt: number;
}

/**
 * Documents, fetched once for all who need them. Nobody waits for a newer one: an old document serves until the new one is
 * there. A first attempt that fails is not remembered.
 */
class Documents<Content> {
  readonly #documents = new Map<string, Document<Content>>();
  readonly #clocks: Clocks;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  get(name: string, fetch: () => Promise<Content>): Promise<Content> {
    const known = this.#documents.get(name);
    if (known === undefined) return this.#fetchFirst(name, fetch);
    if (this.#clocks.steady() >= known.renewAt) this.#renew(name, known, fetch).catch(() => undefined);
    return known.content;
  }

  /** The newest one, fetched now unless that was done a moment ago. */
  async getNew(name: string, fetch: () => Promise<Content>): Promise<Content> {
    const known = this.#documents.get(name);
    if (known === undefined) return await this.#fetchFirst(name, fetch);
    const fetchedAt = known.renewAt - age.fresh;
    if (this.#clocks.steady() < fetchedAt + age.retry) return await known.content;
    return await this.#renew(name, known, fetch);
  }

  #fetchFirst(name: string, fetch: () => Promise<Content>): Promise<Content> {
    const document = this.#fetch(fetch);
    this.#documents.set(name, document);
    document.content.catch(() => this.#documents.delete(name));
    return document.content;
  }

  async #renew(name: string, known: Document<Content>, fetch: () => Promise<Content>): Promise<Content> {
    known.renewAt = this.#clocks.steady() + age.retry;
    const newer = this.#fetch(fetch);
    const content = await newer.content;
    this.#documents.set(name, newer);
    return content;
  }

  #fetch(fetch: () => Promise<Content>): Document<Content> {
    return { content: fetch(), renewAt: this.#clocks.steady() + age.fresh };
  }
}

/** What issuers say about themselves, and their keys. */
export class IssuerDocuments {
  readonly #metadata: Documents<IssuerMetadata>;
  readonly #keys: Documents<JSONWebKeySet>;

  constructor(clocks: Clocks = systemClocks) {
    this.#metadata = new Documents(clocks);
    this.#keys = new Documents(clocks);
  }

  /** Throws what `discover` throws. */
  metadata(
    request: Pick<DiscoveryRequest, 'issuer' | 'certPath' | 'configurationEndpoint'>,
  ): Promise<IssuerMetadata> {
    const name = JSON.stringify([request.issuer, request.certPath, request.configurationEndpoint]);
    return this.#metadata.get(name, () => discover(request));
  }

  /**
   * The keys of an issuer; newer ones if something was signed with a key that is not among them. Throws what `fetchKeys`
   * throws.
   */
  keys(
    metadata: IssuerMetadata,
    certPath: string | undefined,
    { newer }: { newer: boolean },
  ): Promise<JSONWebKeySet> {
    const name = JSON.stringify([metadata.jwks_uri, certPath]);
    const fetch = () => fetchKeys(metadata, { issuer: metadata.issuer, certPath });
    return newer ? this.#keys.getNew(name, fetch) : this.#keys.get(name, fetch);
  }
}
