/** What is another every time is masked, so that transcripts can be compared; what it says about itself is kept. */
import { hostname } from 'node:os';
import { decodeJwt } from 'jose';

/** Gives each different secret of a kind a number: whether a token is the same as before is part of a transcript. */
class Numbers {
  readonly #seen = new Map<string, string[]>();

  of(kind: string, value: string): string {
    const seen = this.#seen.get(kind) ?? [];
    this.#seen.set(kind, seen);
    if (!seen.includes(value)) seen.push(value);
    return `${kind} ${seen.indexOf(value) + 1}`;
  }
}

export interface Surroundings {
  readonly folder: string;
  /** With its slash at the end. */
  readonly issuer: string;
}

/** A mask for one run of one scenario. */
export function masking({ folder, issuer }: Surroundings): (text: string) => string {
  const numbers = new Numbers();
  return (text) =>
    withoutQrCodes(text)
      .replaceAll(folder, '<folder>')
      .replaceAll(issuer.slice(0, -1), '<issuer>')
      .replaceAll(`oidc-agent:new-${hostname()}`, 'oidc-agent:new-<host>')
      .replace(/\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*/g, (token) => describeToken(token, numbers))
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, (id) => `<${numbers.of('id', id)}>`)
      .replace(/\b1[789]\d{8}\b/g, (time) => fromNow(Number(time) * 1000))
      .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b/g, (time) => fromNow(Date.parse(time)))
      .replace(/(created_at: )(1[789]\d{11})\b/g, (_, name, time) => `${name}${fromNow(Number(time))} * 1000`)
      .replace(
        /(client_secret: )([\w-]{86})$/gm,
        (_, name, value) => `${name}<${numbers.of('client secret', value)}>`,
      )
      .replace(/<issuer>\/authorize\?\S+/g, describeAuthorization)
      .replace(/(\.oidc-gen-login-)[0-9a-f]{32}\b/g, '$1<hash>')
      .replace(/("pid":\t?|\bOIDCD_PID=|"dpid":\t"|\bAgent pid )[1-9]\d*\b/g, '$1<pid>')
      .replace(/(\/oidc-|\/my-)\w{6}(\/oidc-agent\.)[1-9]\d*\b/g, '$1XXXXXX$2<ppid>')
      .replace(
        /(And enter the code: |\buser_code=)([A-Z0-9_-]{6})$/gm,
        (_, name, code) => `${name}<${numbers.of('user code', code)}>`,
      )
      .replace(/(?<=^@ .*)\b(code_challenge|code_verifier)=[\w-]{43}(?= |$)/gm, '$1=<$1>')
      .replace(/(replaced_refresh_tokens: )\[("[\w-]{12}",?)+\]/g, '$1[<hashes>]')
      .replace(/(?<=of this issuer are valid for )\d+(?= s\b)/g, '<lifetime>')
      // The second redirect URI of a registration has a port of its own.
      .replace(
        /("http:\/\/(localhost|127\.0\.0\.1):4242","http:\/\/\2:)([1-9]\d{3,4})(?=","http:\/\/\2:8080")/g,
        (_, uris, _host, port) => `${uris}<${numbers.of('port', port)}>`,
      );
}

const MINUTE_MS = 60_000;

/** A time in milliseconds since 1970, as what matters of it. */
function fromNow(time: number): string {
  return `<in ${Math.round((time - Date.now()) / MINUTE_MS)} minutes>`;
}

/** Each picture as one line, with the empty ones around it. The C programs colour it. */
function withoutQrCodes(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
    /(?:^[!|]\n)?(?:^[!|] .*(?:[\u2580-\u259f]|\u001b\[48;5;).*\n)+(?:[!|]\n)?/gm,
    (picture) => `${picture.charAt(0)} <QR code>\n`,
  );
}

/** What is another in each authorization request: its shape is kept (RFC 6749 section 4.1.1, RFC 7636, OpenID Connect). */
const RANDOM: Readonly<Record<string, RegExp>> = {
  // That of the C suite says where its agent is.
  state: /^[\w-]{43}$|^0:[\w-]{25}:\d\d:[\w-]+$/,
  nonce: /^[\w-]{43}$/,
  code_challenge: /^[\w-]{43}$/,
};

/** The parameters of an authorization request, in the order of their names. */
function describeAuthorization(url: string): string {
  const parameters = [...new URL(url.replace('<issuer>', 'http://issuer')).searchParams].sort();
  const shown = parameters.map(
    ([name, value]) => `${name}=${RANDOM[name]?.test(value) ? `<${name}>` : value}`,
  );
  return `<issuer>/authorize | ${shown.join(' | ')}`;
}

function describeToken(token: string, numbers: Numbers): string {
  const { scope, aud, typ, at_hash } = decodeJwt(token);
  if (scope === undefined) {
    return `<${numbers.of(at_hash === undefined && typ !== 'ID' && aud === undefined ? 'refresh token' : 'ID token', token)}>`;
  }
  return `<${numbers.of('access token', token)}: scope ${scope}; aud ${aud}>`;
}
