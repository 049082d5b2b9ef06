import type { JSONWebKeySet } from 'jose';
import type { Account } from '../../accounts/account.ts';
import { type Clock, systemClock } from '../../concurrency/clock.ts';
import { discover, type IssuerMetadata } from '../../oauth/issuer/discovery.ts';
import { fetchKeys } from '../../oauth/issuer/keys.ts';

/** Seconds after which the agent fetches a document again. */
const FRESH_SECONDS = 3600;
/** Seconds after which the agent retries a failed fetch. */
const RETRY_SECONDS = 60;

interface Document<Content> {
  readonly content: Promise<Content>;
  /** By the steady clock. */
  renewAt: number;
  /** The content, as soon as it is there. */
  settled?: Content;
}

/** A document for another process. */
export interface SettledDocument<Content> {
  readonly name: string;
  readonly content: Content;
  /** By the steady clock. */
  readonly renewAt: number;
}

/**
 * Caches documents, each fetched once for all callers. Callers get the old document while a newer one is being fetched.
 * A failed first fetch is not cached.
 */
class Documents<Content> {
  readonly #documents = new Map<string, Document<Content>>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(name: string, fetch: () => Promise<Content>): Promise<Content> {
    const known = this.#documents.get(name);
    if (known === undefined) return this.#fetchFirst(name, fetch);
    if (this.#clock.steady() >= known.renewAt) this.#renew(name, known, fetch).catch(() => undefined);
    return known.content;
  }

  /** Fetches the newest document, unless it was fetched very recently. */
  async getNew(name: string, fetch: () => Promise<Content>): Promise<Content> {
    const known = this.#documents.get(name);
    if (known === undefined) return await this.#fetchFirst(name, fetch);
    const fetchedAt = known.renewAt - FRESH_SECONDS;
    if (this.#clock.steady() < fetchedAt + RETRY_SECONDS) return await known.content;
    return await this.#renew(name, known, fetch);
  }

  #fetchFirst(name: string, fetch: () => Promise<Content>): Promise<Content> {
    const document = this.#fetch(fetch);
    this.#documents.set(name, document);
    document.content.catch(() => this.#documents.delete(name));
    return document.content;
  }

  async #renew(name: string, known: Document<Content>, fetch: () => Promise<Content>): Promise<Content> {
    known.renewAt = this.#clock.steady() + RETRY_SECONDS;
    const newer = this.#fetch(fetch);
    const content = await newer.content;
    this.#documents.set(name, newer);
    return content;
  }

  /** Those that are there. */
  get settled(): SettledDocument<Content>[] {
    return [...this.#documents].flatMap(([name, { settled, renewAt }]) =>
      settled === undefined ? [] : [{ name, content: settled, renewAt }],
    );
  }

  restore(documents: readonly SettledDocument<Content>[]): void {
    for (const { name, content, renewAt } of documents) {
      this.#documents.set(name, { content: Promise.resolve(content), renewAt, settled: content });
    }
  }

  #fetch(fetch: () => Promise<Content>): Document<Content> {
    const document: Document<Content> = { content: fetch(), renewAt: this.#clock.steady() + FRESH_SECONDS };
    void document.content.then(
      (content) => {
        document.settled = content;
      },
      () => undefined,
    );
    return document;
  }
}

/** The metadata and keys of issuers. */
export class IssuerDocuments {
  readonly #metadata: Documents<IssuerMetadata>;
  readonly #keys: Documents<JSONWebKeySet>;

  constructor(clock: Clock = systemClock) {
    this.#metadata = new Documents(clock);
    this.#keys = new Documents(clock);
  }

  /** The metadata that is there, for another process. */
  get settledMetadata(): SettledDocument<IssuerMetadata>[] {
    return this.#metadata.settled;
  }

  /** Goes on with the metadata that another process has fetched. */
  restoreMetadata(documents: readonly SettledDocument<IssuerMetadata>[]): void {
    this.#metadata.restore(documents);
  }

  /**
   * The metadata of an account's issuer or mytoken server.
   * @throws the errors of `discover`
   */
  metadata(
    account: Pick<Account, 'issuer_url' | 'mytoken_url' | 'cert_path' | 'config_endpoint' | 'insecure_http'>,
  ): Promise<IssuerMetadata> {
    const {
      cert_path: certPath,
      config_endpoint: configurationEndpoint,
      insecure_http: insecureHttp,
    } = account;
    const issuer = account.mytoken_url ?? account.issuer_url;
    const name = JSON.stringify([issuer, certPath, configurationEndpoint, insecureHttp]);
    return this.#metadata.get(name, () =>
      discover({ issuer, certPath, configurationEndpoint, insecureHttp }),
    );
  }

  /**
   * The keys of an issuer. Fetches them again if a signature names a key that is not among them.
   * @throws the errors of `fetchKeys`
   */
  keys(
    metadata: IssuerMetadata,
    certPath: string | undefined,
    { newer }: { newer: boolean },
  ): Promise<JSONWebKeySet> {
    const name = JSON.stringify([metadata.jwks_uri, certPath, metadata.insecureHttp]);
    const fetch = () => fetchKeys(metadata, { issuer: metadata.issuer, certPath });
    return newer ? this.#keys.getNew(name, fetch) : this.#keys.get(name, fetch);
  }
}
