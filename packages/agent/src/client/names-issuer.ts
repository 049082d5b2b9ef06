/**
 * Whether the user names an issuer, and not an account by its short name: by a scheme, in any case and with blanks before it. Without
 * TLS it can only be an issuer on this computer.
 */
export function namesIssuer(given: string): boolean {
  return /^\s*(https:\/\/|http:\/\/(localhost|127(\.\d+){3}|\[::1\])([:/]|$))/i.test(given);
}
