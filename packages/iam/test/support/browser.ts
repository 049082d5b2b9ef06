import type { TestIam } from './test-iam.ts';

/** The members of an IAM that a browser needs. */
export type Site = Pick<TestIam, 'issuer' | 'fetch'>;

/** A minimal browser for the pages: cookies, redirects and refreshes on the same site, and forms. */
export class Browser {
  readonly #iam: Site;
  readonly #cookies = new Map<string, string>();

  constructor(iam: Site) {
    this.#iam = iam;
  }

  /** Opens a page, and follows redirects within this IAM. */
  async open(path: string, init: RequestInit = {}): Promise<Page> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await this.#iam.fetch(path, { ...init, headers: { ...init.headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || line.includes('01 Jan 1970')) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (
      location !== null &&
      new URL(location, this.#iam.issuer).origin === new URL(this.#iam.issuer).origin
    ) {
      return this.open(location);
    }
    const text = await response.text();
    const refresh = /http-equiv="refresh" content="0; url=([^"]+)"/.exec(text)?.[1];
    if (refresh !== undefined) return this.open(decodeEntities(refresh));
    return {
      status: response.status,
      text,
      headers: response.headers,
      path,
      location,
    };
  }

  /** Submits the first form in the content of a page with its hidden fields and the given ones. */
  submit(page: Page, fields: Record<string, string>): Promise<Page> {
    const [, action = '', content = ''] =
      /<main.*?<form method="post" action="([^"]+)">(.*?)<\/form>/s.exec(page.text) ?? [];
    const hidden = [...content.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']): [string, string] => [name, decodeEntities(value)],
    );
    return this.post(action, { ...Object.fromEntries(hidden), ...fields });
  }

  post(path: string, fields: Record<string, string>): Promise<Page> {
    return this.open(path, { method: 'POST', body: new URLSearchParams(fields) });
  }

  /** Fills in the login page. */
  logIn(page: Page, username = 'test', password = 'password'): Promise<Page> {
    return this.submit(page, { username, password });
  }
}

export interface Page {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly path: string;
  /** The target of a redirect that leaves this IAM. */
  readonly location: string | null;
}

function decodeEntities(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
