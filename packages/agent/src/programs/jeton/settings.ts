/**
 * Reads a command's settings: from an option first, then from the environment with the variables of the INDIGO IAM
 * scripts (docs/jeton.md), then from the issuer's discovery document. One error lists all missing settings.
 */
import { agentDirectory } from '../../accounts/directory.ts';
import { knownIssuers } from '../../config/issuers/issuers.ts';
import { type ClientCredentials, clientCredentials } from '../../oauth/client/client-authentication.ts';
import { addressProblem } from '../../oauth/issuer/address-problem.ts';
import { discover, type IssuerMetadata } from '../../oauth/issuer/discovery.ts';
import { parseScopes } from '../../oauth/scope.ts';
import { Secret } from '../../secret.ts';
import { ProgramError } from '../../terminal/run.ts';
import { withMeantIssuer } from '../meant-issuer.ts';
import { readSecretFile } from './secret-file.ts';

export const issuerOptions = {
  issuer: {
    aliases: ['iss'],
    arg: 'ISSUER_URL',
    doc: 'Discover the endpoints at this issuer, instead of reading IAM_HOSTNAME or the variables for single endpoints',
  },
  'cert-path': {
    aliases: ['cp'],
    arg: 'FILE',
    doc: 'Trust the certificate authorities in this PEM file or folder',
  },
} as const;

export const clientOptions = {
  'client-id': { arg: 'ID', doc: 'The client ID, instead of IAM_CLIENT_ID' },
  'client-secret-file': {
    arg: 'FILE',
    doc: 'Read the client secret from the first line of FILE, instead of IAM_CLIENT_SECRET. A public client has none',
  },
} as const;

export const requestOptions = {
  scope: {
    short: 's',
    arg: 'SCOPE',
    repeatable: true,
    doc: 'Request these scopes, instead of IAM_CLIENT_SCOPES. Separate several by spaces, or repeat the option',
  },
  audience: {
    aliases: ['aud'],
    arg: 'AUDIENCE',
    doc: 'Request a token for this audience, instead of IAM_CLIENT_AUDIENCE. Separate several by spaces',
  },
} as const;

/** The scopes of the scripts. */
export const DEFAULT_SCOPES = 'openid profile email offline_access';

/** Variables that name a client; the device script has a separate set. */
export type ClientVariables = 'IAM_DEVICE_CODE_CLIENT' | 'IAM_CLIENT';

/** The endpoints that a variable can name. */
const ENDPOINTS = [
  ['token_endpoint', 'IAM_TOKEN_ENDPOINT'],
  ['device_authorization_endpoint', 'IAM_DEVICE_CODE_ENDPOINT'],
  ['introspection_endpoint', 'IAM_INTROSPECTION_ENDPOINT'],
  ['userinfo_endpoint', 'IAM_USERINFO_ENDPOINT'],
  ['revocation_endpoint', 'IAM_REVOCATION_ENDPOINT'],
] as const;
type Endpoint = (typeof ENDPOINTS)[number][0];
type Endpoints = { [name in Endpoint]?: string };

/** The issuer's metadata that every protocol step needs. */
export interface Issuer {
  readonly metadata: IssuerMetadata;
  /** Set if no discovery document was fetched: the variables are INDIGO IAM's. */
  readonly audienceParameter: 'audience' | undefined;
  readonly certPath: string | undefined;
}

interface Given {
  readonly issuer?: string | undefined;
  readonly 'cert-path'?: string | undefined;
  readonly 'client-id'?: string | undefined;
  readonly 'client-secret-file'?: string | undefined;
  readonly scope?: readonly string[];
  readonly audience?: string | undefined;
}

export class Settings {
  readonly #given: Given;
  readonly #env: NodeJS.ProcessEnv;
  readonly #missing: string[] = [];

  constructor(given: Given, env: NodeJS.ProcessEnv = process.env) {
    this.#given = given;
    this.#env = env;
  }

  /** The first of the variables that is set and not empty. */
  variable(...names: string[]): string | undefined {
    return names.map((name) => this.#env[name]).find((value) => value);
  }

  /** Gives the value back; notes that the command cannot run without it. */
  need<Value>(value: Value | undefined, what: string, ...sources: string[]): Value | undefined {
    if (value === undefined) this.#missing.push(`${what}: ${oneOf(sources)}`);
    return value;
  }

  /** @throws ProgramError that names all that is missing, and where it can come from */
  complete(): void {
    if (this.#missing.length === 0) return;
    const count = this.#missing.length;
    throw new ProgramError(`${count} setting${count === 1 ? ' is' : 's are'} missing`, this.#missing, 64);
  }

  /**
   * The client. A secret of the environment goes with the client id of the same script; a client that an option names
   * takes the first secret that is set.
   *
   * @param families the sets of variables to read; the first that names a client wins
   * @throws ProgramError if the file with the secret cannot be read
   */
  client(families: readonly ClientVariables[], { confidential = false } = {}): ClientCredentials {
    const family = families.find((name) => this.variable(`${name}_ID`));
    const id = this.#given['client-id'] ?? (family && this.variable(`${family}_ID`));
    this.need(id, 'the client', '--client-id=ID', ...families.map((name) => `${name}_ID`));
    const own = this.#given['client-id'] === undefined && family !== undefined ? [family] : families;
    const file = this.#given['client-secret-file'];
    const fromEnvironment = this.variable(...own.map((name) => `${name}_SECRET`));
    const secret = file === undefined ? fromEnvironment && new Secret(fromEnvironment) : readSecretFile(file);
    if (confidential) {
      const variables = families.map((name) => `${name}_SECRET`);
      this.need(secret || undefined, 'the secret of the client', '--client-secret-file=FILE', ...variables);
    }
    return clientCredentials(id ?? '', secret || undefined);
  }

  /** The scopes, space separated; undefined when neither an option nor a variable names any. */
  scope(families: readonly ClientVariables[] = ['IAM_CLIENT']): string | undefined {
    const { scope = [] } = this.#given;
    const text =
      scope.length > 0 ? scope.join(' ') : this.variable(...families.map((name) => `${name}_SCOPES`));
    return text && parseScopes(text).join(' ');
  }

  audience(): string | undefined {
    return this.#given.audience ?? this.variable('IAM_CLIENT_AUDIENCE');
  }

  /**
   * Locates the issuer; fetches the discovery document only when the caller calls the returned function.
   *
   * For an issuer from an option, ignores the endpoints of the environment, because they may belong to another issuer.
   * Without one, the variables give single endpoints, and IAM_HOSTNAME the issuer for the others.
   *
   * @throws ProgramError if a variable with an endpoint is not an https URL; the returned function IssuerError or
   * IssuerUnreachableError if there is no usable discovery document
   */
  issuer(...endpoints: Endpoint[]): () => Promise<Issuer> {
    const { issuer: named, 'cert-path': certPath } = this.#given;
    if (named !== undefined) return () => discovered(named, {}, certPath);
    const host = this.variable('IAM_HOSTNAME');
    const given = this.#endpoints();
    const absent = ENDPOINTS.filter(([name]) => endpoints.includes(name) && given[name] === undefined);
    if (absent.length > 0 && host !== undefined) return () => discovered(issuerOfHost(host), given, certPath);
    for (const [name, variable] of absent) {
      this.need(undefined, `the ${name.replaceAll('_', ' ')}`, '--issuer=URL', 'IAM_HOSTNAME', variable);
    }
    return async () => ({ metadata: described(given, endpoints), audienceParameter: 'audience', certPath });
  }

  /** The issuer itself, for commands that cannot do with single endpoints. */
  issuerUrl(): string {
    const host = this.variable('IAM_HOSTNAME');
    const url = this.#given.issuer ?? (host && issuerOfHost(host));
    return this.need(url, 'the issuer', '--issuer=URL', 'IAM_HOSTNAME') ?? '';
  }

  #endpoints(): Endpoints {
    const found: Endpoints = {};
    for (const [name, variable] of ENDPOINTS) {
      const address = this.variable(variable);
      if (address === undefined) continue;
      const wrong = addressProblem(address);
      if (wrong !== undefined) {
        const message = `${variable}: '${wrong.shown}' cannot be the address of an endpoint: ${wrong.problem}`;
        throw new ProgramError(message, wrong.hints, 64);
      }
      found[name] = address;
    }
    return found;
  }
}

/** `a, b or c` */
function oneOf(things: readonly string[]): string {
  const last = things.at(-1) ?? '';
  return things.length > 1 ? `${things.slice(0, -1).join(', ')} or ${last}` : last;
}

/** The scripts' IAM_HOSTNAME is an address; this also accepts a bare host name. */
function issuerOfHost(host: string): string {
  return host.includes('://') ? host : `https://${host}`;
}

async function discovered(issuer: string, given: Endpoints, certPath: string | undefined): Promise<Issuer> {
  const metadata = await discoverNamed(issuer, certPath);
  return { metadata: { ...metadata, ...given }, audienceParameter: undefined, certPath };
}

/**
 * The metadata of an issuer that the user names.
 * @throws as `discover`, with a suggestion if the address of a known issuer is similar
 */
export async function discoverNamed(issuer: string, certPath: string | undefined): Promise<IssuerMetadata> {
  try {
    return await discover({ issuer, certPath });
  } catch (error) {
    const { issuers } = await knownIssuers(agentDirectory(process.env));
    throw withMeantIssuer(error, issuer, issuers);
  }
}

/** An issuer of which only the endpoints are known that the command uses. */
function described(given: Endpoints, used: readonly Endpoint[]): IssuerMetadata {
  const [first] = used.flatMap((endpoint) => given[endpoint] ?? []);
  const issuer = first === undefined ? '' : `${new URL(first).origin}/`;
  return { issuer, protocol: 'oidc', token_endpoint: '', ...given };
}
