/** How many requests are remembered. */
const CAPACITY = 10_000;

/** A request as the log has it: never a query, a form, a header or anything else that may be secret. */
export interface LoggedRequest {
  /** When it came, in seconds since 1970. */
  readonly time: number;
  readonly method: string;
  readonly path: string;
  readonly client?: string;
  /** The `grant_type` of a request to the token endpoint. */
  readonly grant?: string;
  /** The HTTP status of the answer, or null when the connection was dropped. */
  readonly status: number | null;
}

/** The requests of late, the oldest first. */
export class RequestLog {
  #requests: LoggedRequest[] = [];

  get all(): readonly LoggedRequest[] {
    return this.#requests;
  }

  add(request: LoggedRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > CAPACITY) this.#requests.shift();
  }

  clear(): void {
    this.#requests = [];
  }
}
