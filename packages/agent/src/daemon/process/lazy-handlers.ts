import type { Handlers } from '../requests/handlers.ts';
import type { AgentSettings } from '../settings.ts';
import type { Handler } from '../socket/connection.ts';

/** Loads the handlers of requests on first use, so that start-up does not wait for the bulk of the code. */
export class LazyHandlers {
  readonly #settings: AgentSettings;
  readonly #inheritance: Promise<string> | undefined;
  #loading: Promise<Handlers> | undefined;
  #loaded: Handlers | undefined;

  /** @param inheritance the accounts of the agent that this one replaces; requests wait until they arrive */
  constructor(settings: AgentSettings, inheritance: Promise<string> | undefined) {
    this.#settings = settings;
    this.#inheritance = inheritance;
  }

  /** Once the handlers are loaded, answers as promptly as they do. */
  readonly handle: Handler = (request, client) =>
    this.#loaded?.handle(request, client) ?? this.load().then((handlers) => handlers.handle(request, client));

  /** Loads the handlers and the inherited accounts, unless that has begun. */
  load(): Promise<Handlers> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<Handlers> {
    const { Handlers } = await import('../requests/handlers.ts');
    const handlers = new Handlers(this.#settings);
    const accounts = await this.#inheritance;
    if (accounts) handlers.restore(accounts);
    this.#loaded = handlers;
    return handlers;
  }
}
