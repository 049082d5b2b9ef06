/** Says what is wrong with an address that a user wrote, and what they may have meant. */
import { insecureHost } from './insecure-http.ts';
import { isLoopback, secureUrl } from './issuer-url.ts';

/** The address without a password, what is wrong with it as the end of a sentence, and hints. */
export interface AddressProblem {
  readonly shown: string;
  readonly problem: string;
  readonly hints: readonly string[];
}

/**
 * The problem of the address of an issuer or an endpoint; undefined for one to which secrets can be sent.
 * @param isIssuer an issuer has neither query nor fragment (OpenID Connect Discovery 1.0, section 3)
 * @param insecureHttp as in `secureUrl`
 */
export function addressProblem(
  text: string,
  { isIssuer = false, insecureHttp }: { isIssuer?: boolean; insecureHttp?: string | undefined } = {},
): AddressProblem | undefined {
  const found = problemOf(text, isIssuer, insecureHttp);
  return found && { shown: text.replace(/(:\/\/|^)[^/?#@]*@/, '$1...@'), ...found };
}

type Problem = Omit<AddressProblem, 'shown'>;

function problemOf(text: string, isIssuer: boolean, insecureHttp: string | undefined): Problem | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return withoutScheme(text);
  if (scheme !== 'https' && scheme !== 'http') {
    const right = text.replace(/^[^:]*/, 'https');
    return { problem: `'${scheme}' is not https`, hints: meaning(right) };
  }
  if (!URL.canParse(text)) return unreadable(text);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    url.username = url.password = '';
    return { problem: 'it contains a user name or password', hints: meaning(url.href) };
  }
  if (secureUrl(text, insecureHttp) === undefined) {
    const host = insecureHost(url.hostname);
    return {
      problem: 'it begins with http://, and only https is secure',
      hints: [
        ...meaning(text.replace(/^http/i, 'https')),
        'plain http is only accepted for localhost, 127.0.0.1 and [::1]',
        ...(host === undefined
          ? []
          : [`for development, an account may use plain http there: oidc-gen --insecure-http=${host}`]),
      ],
    };
  }
  if (!isIssuer || (url.search === '' && url.hash === '')) return undefined;
  const part = url.search === '' ? 'a fragment (#)' : 'a query (?)';
  return { problem: `it has ${part}`, hints: meaning(`${url.origin}${url.pathname}`) };
}

/** `localhost:8080`, `iam.example/realm`, `https//iam.example` */
function withoutScheme(text: string): Problem {
  const problem = 'it does not begin with https://';
  const rest = text.replace(/^https?[:/]*\//i, '').replace(/^\/+/, '');
  const isHost = /^(?:[\w-]+(?:\.[\w-]+)+|localhost|\[[\da-f:]+\])(?::\d+)?(?:\/|$)/i.test(rest);
  if (!isHost) return { problem, hints: ['for example https://wlcg.cloud.cnaf.infn.it/'] };
  const host = new URL(`https://${rest}`).hostname;
  return { problem, hints: meaning(`${isLoopback(host) ? 'http' : 'https'}://${rest}`) };
}

function unreadable(text: string): Problem {
  const [, authority = ''] = /^[^:]*:\/\/([^/?#]*)/.exec(text) ?? [];
  const [, port] = /:([^:\]]*)$/.exec(authority) ?? [];
  if (authority === '') return { problem: 'it names no host', hints: [] };
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) <= 65535)) {
    return { problem: `its port '${port}' is not a number up to 65535`, hints: [] };
  }
  return { problem: `'${authority}' is not the name of a host`, hints: [] };
}

/** The hint that names an address, if it is a good one. */
function meaning(text: string): string[] {
  if (secureUrl(text) === undefined) return [];
  const { href, pathname, search, hash } = new URL(text);
  return [`did you mean ${pathname === '/' && search + hash === '' ? href : text}?`];
}
