/** The number of requests in the log. */
const CAPACITY = 10_000;

/** A request in the log, without query, form and headers, which may be secret. */
export interface LoggedRequest {
  /** When it arrived, in seconds since 1970. */
  readonly time: number;
  readonly method: string;
  readonly path: string;
  readonly client?: string;
  /** The `grant_type` of a request to the token endpoint. */
  readonly grant?: string;
  /** The HTTP status of the answer, or null if a rule dropped the connection. */
  readonly status: number | null;
}

/** The latest requests, the oldest first. */
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
