/**
 * The command line of jeton-iam: plain data, from which `--help` and the parser follow here, and the manual page and the completion in
 * the build, which has one generator for all programs.
 */
import { issuerNames } from '../behaviour/issuers.ts';
import { profileNames } from '../profiles/profiles.ts';

/** An option. Its key in the table is its long name. */
export interface Option {
  /** The name of the argument; an option without it is a flag. */
  readonly arg?: string;
  /** The only arguments that it accepts. */
  readonly choices?: readonly string[];
  /** Every argument counts; otherwise the last one does. */
  readonly repeatable?: true;
  readonly doc: string;
}

export type OptionGroups = Readonly<Record<string, Readonly<Record<string, Option>>>>;

const options = {
  'Address:': {
    port: { arg: 'N', doc: 'Port to listen on; 0 picks a free one (default: 8080)' },
    host: { arg: 'ADDRESS', doc: 'Address to listen on (default: loopback only)' },
    issuer: {
      arg: 'URL',
      doc: 'Issuer, if not http(s)://localhost:<port>/. Access tokens have it without a slash at the end if you leave out the slash, as in IAM',
    },
    'tls-cert': { arg: 'FILE', doc: 'Serve https with this certificate chain (PEM), see --tls-key' },
    'tls-key': { arg: 'FILE', doc: 'Private key of --tls-cert (PEM)' },
    'tls-self-signed': {
      arg: 'FILE',
      doc: 'Serve https with a certificate that jeton-iam makes at each start, and write it to FILE for clients to trust it',
    },
  },
  'Users, clients and state:': {
    config: {
      arg: 'FILE',
      doc: 'Read users, groups, clients, scopes, policies and more from a YAML file',
    },
    data: { arg: 'FILE', doc: 'Keep the state in an SQLite file, so that a restart loses nothing' },
    external: {
      arg: 'ISSUER',
      doc: 'Let users also log in at this OpenID provider, where <issuer>openid_connect_login is the redirect URI',
    },
    'external-client': { arg: 'ID', doc: 'Client ID of jeton-iam at the provider of --external' },
    'external-secret-file': { arg: 'FILE', doc: 'Secret of this client; without it, the client is public' },
  },
  'Behaviour:': {
    'auto-approve': {
      arg: 'USER',
      doc: 'Approve device codes and consent at once in the name of USER, without a browser',
    },
    profile: {
      arg: 'NAME',
      choices: profileNames,
      doc: 'Token profile of clients without one: iam, wlcg, aarc or kc (default: wlcg)',
    },
    like: {
      arg: 'ISSUER',
      choices: issuerNames,
      doc: 'Behave like keycloak, entra, google, okta or egi-checkin',
    },
    behave: {
      arg: 'RULE',
      repeatable: true,
      doc: 'Misbehave on purpose, for instance endpoint=/token,status=503,times=2; can be repeated',
    },
    'legacy-register': { doc: 'Let clients register at /register, as IAM did before 1.8' },
    'control-token-file': {
      arg: 'FILE',
      doc: 'Require the token in this file at the control endpoints (/dev/), and create the file if needed. Without it they answer this machine only, and are off if --host is not loopback',
    },
  },
  'Program:': {
    json: { doc: 'Print one line of JSON when ready: issuer, port, pid' },
    'until-stdin-closes': {
      doc: 'Stop when standard input closes, as it does when the program at the other end of a pipe ends',
    },
    verbose: { doc: 'Write a line for each request to stderr' },
  },
} as const satisfies OptionGroups;

/** In the shape that the generator of manual pages takes. */
export const program = {
  name: 'jeton-iam',
  argsDoc: '',
  doc: 'A development INDIGO IAM for trying out and testing OAuth clients',
  positionals: { min: 0, max: 0 },
  options,
} as const;

type Merged<T> = T extends unknown ? (merged: T) => void : never;
type Options =
  Merged<(typeof options)[keyof typeof options]> extends (merged: infer All) => void ? All : never;
type ValueOf<Spec> = Spec extends { readonly arg: string }
  ? Spec extends { readonly repeatable: true }
    ? readonly string[]
    : (Spec extends { readonly choices: readonly (infer Choice)[] } ? Choice : string) | undefined
  : boolean;

/** What a command line says, by the names of the options. */
export type OptionValues = { readonly [Name in keyof Options]: ValueOf<Options[Name]> };
