import type { Handlers } from '../requests/handlers.ts';
import type { AgentSettings } from '../settings.ts';
import type { Handler } from '../socket/connection.ts';

/** Loads the handlers of requests on first use, so that start-up does not wait for the bulk of the code. */
export class LazyHandlers {
  readonly #settings: AgentSettings;
  #loading: Promise<Handlers> | undefined;
  #loaded: Handlers | undefined;

  constructor(settings: AgentSettings) {
    this.#settings = settings;
  }

  /** Once the handlers are loaded, answers as promptly as they do. */
  readonly handle: Handler = (request, client) =>
    this.#loaded?.handle(request, client) ?? this.load().then((handlers) => handlers.handle(request, client));

  /** Loads the handlers, unless that has begun. */
  load(): Promise<Handlers> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<Handlers> {
    const { Handlers } = await import('../requests/handlers.ts');
    const handlers = new Handlers(this.#settings);
    this.#loaded = handlers;
    return handlers;
  }
}
