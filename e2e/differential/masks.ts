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
  readonly socket: string;
}

/** A mask for one run of one scenario. */
export function masking({ folder, issuer, socket }: Surroundings): (text: string) => string {
  const numbers = new Numbers();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
  const isQrCode = (line: string) => /[\u2580-\u259f]|\u001b\[48;5;/.test(line);
  return (text) =>
    text
      .replaceAll('\r', '')
      .split('\n')
      .filter((line, index, lines) => !isQrCode(line) || !isQrCode(lines[index - 1] ?? ''))
      .map((line) => (isQrCode(line) ? '<QR code>' : line))
      .join('\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
      .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
      .replaceAll(socket, '<socket>')
      .replaceAll(folder, '<folder>')
      .replaceAll(issuer, '<issuer>/')
      .replaceAll(issuer.slice(0, -1), '<issuer>')
      .replace(/\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*/g, (token) => describeToken(token, numbers))
      .replaceAll(`-${hostname()}`, '-<host>')
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, (id) => `<${numbers.of('id', id)}>`)
      .replace(
        /\b1[789]\d{8}\b/g,
        (time) => `<in ${Math.round((Number(time) - Date.now() / 1000) / 60)} minutes>`,
      )
      .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b/g, '<date>')
      .replace(/("pid":\t?)\d+/g, '$1<pid>')
      .replace(/\b1[789]\d{11}\b/g, '<milliseconds>')
      .replace(/(?<![\w-])[\w-]{86}(?![\w-])/g, '<secret>')
      .replace(/<issuer>\/authorize\?\S+/g, describeAuthorization)
      .replace(/(\.oidc-gen-login-)[0-9a-f]{32}/g, '$1<hash>')
      .replace(/(OIDCD_PID=|"dpid":\t"|Agent pid )\d+/g, '$1<pid>')
      .replace(/(-)\w{6}(\/oidc-agent\.)\d+/g, '$1XXXXXX$2<ppid>')
      .replace(/(code: |user_code=)[A-Z0-9]{4,9}\b/g, '$1<user code>')
      .replace(/(localhost:)(?!4242\b|8080\b|43985\b)\d{4,5}/g, '$1<port>');
}

/** The parameters of an authorization request (RFC 6749 section 4.1.1), in the order of their names. */
function describeAuthorization(url: string): string {
  const parameters = [...new URL(url.replace('<issuer>', 'http://issuer')).searchParams].sort();
  const masked = ['state', 'nonce', 'code_challenge'];
  const told = parameters.map(([name, value]) => `${name}=${masked.includes(name) ? `<${name}>` : value}`);
  return `<issuer>/authorize | ${told.join(' | ')}`;
}

function describeToken(token: string, numbers: Numbers): string {
  const { scope, aud, typ, at_hash } = decodeJwt(token);
  if (scope === undefined) {
    return `<${numbers.of(at_hash === undefined && typ !== 'ID' && aud === undefined ? 'refresh token' : 'ID token', token)}>`;
  }
  return `<${numbers.of('access token', token)}: scope ${scope}; aud ${aud}>`;
}
