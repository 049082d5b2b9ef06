#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { type IssuerName, issuerNames } from '../behaviour/issuers.ts';
import type { BehaviourInput } from '../behaviour/rules.ts';
import { parseBehaviourWords } from '../behaviour/words.ts';
import { parseConfig } from '../config/config.ts';
import type { Config } from '../config/server-options.ts';
import { type ProfileName, profileNames } from '../profiles/profiles.ts';
import { type RunningServer, type ServerOptions, startServer } from '../server.ts';
import { isAcceptableIssuer } from '../users/external-provider.ts';
import { controlToken, warningIfReadableByOthers } from './secret-files.ts';

const USAGE = `Usage: jeton-iam [--port N] [--host ADDRESS] [--issuer URL] [--tls-cert FILE --tls-key FILE]
                 [--auto-approve USER] [--profile NAME] [--like ISSUER] [--behave RULE]...
                 [--config FILE] [--data FILE] [--legacy-register] [--control-token-file FILE]
                 [--external ISSUER --external-client ID [--external-secret-file FILE]]
                 [--json] [--verbose]`;

const HELP = `${USAGE}

A development INDIGO IAM for trying out and testing OAuth clients. Not for production: the password of its
users test and admin is public ("password"), and without --data it forgets everything when it stops.

      --port N             Port to listen on; 0 picks a free one (default: 8080)
      --host ADDRESS       Address to listen on (default: loopback only)
      --issuer URL         Issuer, if not http(s)://localhost:<port>/; access tokens have it without a slash at
                           the end if you leave out the slash, as in IAM
      --tls-cert FILE      Serve https with this certificate chain (PEM) ...
      --tls-key FILE       ... and its private key (PEM)
      --auto-approve USER  Approve device codes and consent at once in the name of USER
      --profile NAME       Token profile of clients without one: iam, wlcg, aarc or kc (default: wlcg)
      --like ISSUER        Behave like keycloak, entra, google, okta or egi-checkin
      --behave RULE        Misbehave on purpose, for instance endpoint=/token,status=503,times=2; see docs/iam.md;
                           repeatable
      --config FILE        Read users, groups, clients, scopes, policies and more from a YAML file
      --data FILE          Keep the state in an SQLite file, so that a restart loses nothing
      --external ISSUER    Let users also log in at this OpenID provider ...
      --external-client ID ... with this client id (redirect URI: <issuer>openid_connect_login) ...
      --external-secret-file FILE  ... and the secret in this file; without it as a public client
      --legacy-register    Let clients register at /register, as IAM did before 1.8
      --control-token-file FILE    Require the token in this file at the control endpoints (/dev/), and create the
                           file if needed; without it they answer this machine only, and are off if --host is
                           not loopback
      --json               Print one line of JSON when ready: issuer, port, pid
      --verbose            Write a line for each request to stderr
  -h, --help               Print this help
      --version            Print the version
`;

/** The exit code for a wrong command line (sysexits.h); other errors give 1. */
const EX_USAGE = 64;

class UsageError extends Error {}

interface Command {
  readonly options: ServerOptions;
  /** Warnings to print once jeton-iam runs. */
  readonly warnings: string;
  readonly json: boolean;
}

/** @throws UsageError */
function parseCommandLine(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string', default: '8080' },
        host: { type: 'string', default: '127.0.0.1' },
        issuer: { type: 'string' },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        'auto-approve': { type: 'string' },
        profile: { type: 'string' },
        like: { type: 'string' },
        behave: { type: 'string', multiple: true, default: [] },
        config: { type: 'string' },
        data: { type: 'string' },
        external: { type: 'string' },
        'external-client': { type: 'string' },
        'external-secret-file': { type: 'string' },
        'control-token-file': { type: 'string' },
        'legacy-register': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function readCommand(values: ReturnType<typeof parseCommandLine>): Promise<Command> {
  const { port, host, issuer, json, verbose } = values;
  const { 'tls-cert': cert, 'tls-key': key, 'auto-approve': autoApprove } = values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new UsageError(`'${port}' is not a port`);
  if (issuer !== undefined) checkIssuer(issuer);
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('--tls-cert and --tls-key are needed together');
  }
  const tls =
    cert === undefined || key === undefined
      ? {}
      : { tls: { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') } };
  const config: Config =
    values.config === undefined ? {} : parseConfig(await readFile(values.config, 'utf8'), values.config);
  const tokenFile = values['control-token-file'];
  const options: ServerOptions = {
    ...config,
    port: Number(port),
    host,
    ...(issuer === undefined ? {} : { issuer }),
    ...tls,
    ...(await readExternal(values)),
    legacyRegister: values['legacy-register'],
    ...(values.data === undefined ? {} : { data: values.data }),
    ...(tokenFile === undefined ? {} : { controlToken: await controlToken(tokenFile) }),
    ...(autoApprove === undefined ? {} : { autoApprove }),
    ...(values.profile === undefined ? {} : { profile: readProfile(values.profile) }),
    ...(values.like === undefined ? {} : { like: readIssuer(values.like) }),
    behaviour: readBehaviour(values.behave, config.behaviour),
    ...(verbose ? { log: (line: string) => process.stderr.write(`${line}\n`) } : {}),
  };
  return { options, warnings: await warningsAbout(values, config), json };
}

/** Warnings about files with secrets that other users can read. */
async function warningsAbout(values: ReturnType<typeof parseCommandLine>, config: Config): Promise<string> {
  const { 'tls-key': key, 'external-secret-file': secret } = values;
  const hasSecrets =
    (config.users ?? []).length > 0 ||
    config.clients?.some(({ client_secret }) => client_secret !== undefined);
  const files = [key, secret, hasSecrets === true ? values.config : undefined];
  const warnings = files.map((file) => (file === undefined ? '' : warningIfReadableByOthers(file)));
  return (await Promise.all(warnings)).join('');
}

async function readExternal(
  values: ReturnType<typeof parseCommandLine>,
): Promise<Pick<ServerOptions, 'external'>> {
  const { external: issuer, 'external-client': clientId, 'external-secret-file': file } = values;
  if (issuer === undefined && clientId === undefined && file === undefined) return {};
  if (issuer === undefined || clientId === undefined) {
    throw new UsageError('--external and --external-client are needed together');
  }
  if (!isAcceptableIssuer(issuer)) throw new UsageError(`'${issuer}' must be https, or http on this machine`);
  const secret = file === undefined ? {} : { clientSecret: (await readFile(file, 'utf8')).trim() };
  return { external: { issuer, clientId, ...secret } };
}

function readProfile(name: string): ProfileName {
  const profile = profileNames.find((known) => known === name);
  if (profile === undefined) {
    throw new UsageError(`'${name}' is not a token profile; choose one of ${profileNames.join(', ')}`);
  }
  return profile;
}

function readIssuer(name: string): IssuerName {
  const issuer = issuerNames.find((known) => known === name);
  if (issuer === undefined) {
    throw new UsageError(
      `'${name}' is not an issuer that jeton-iam can imitate; choose one of ${issuerNames.join(', ')}`,
    );
  }
  return issuer;
}

function readBehaviour(words: readonly string[], configured: BehaviourInput | undefined): BehaviourInput {
  try {
    return parseBehaviourWords(words, configured);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function checkIssuer(issuer: string): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.pathname !== '/' ||
    url.search + url.hash !== ''
  ) {
    throw new UsageError(`'${issuer}' is not an issuer; it must look like https://iam.example/`);
  }
}

/** Ends the process at the first SIGINT or SIGTERM. */
function endOnSignal(iam: RunningServer): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void iam.close().then(() => process.exit(0)));
  }
}

async function main(): Promise<void> {
  const values = parseCommandLine(process.argv.slice(2));
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  if (values.version === true) {
    process.stdout.write(`jeton-iam ${packageJson.version}\n`);
    return;
  }
  const { options, warnings, json } = await readCommand(values);
  const iam = await startServer(options);
  process.stderr.write(warnings);
  endOnSignal(iam);
  const { issuer, port } = iam;
  process.stdout.write(
    json ? `${JSON.stringify({ issuer, port, pid: process.pid })}\n` : `IAM ready at ${issuer}\n`,
  );
}

function explain(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return 'Error: the port is already in use\nhint: choose another one with --port N, or let jeton-iam choose: --port 0\n';
  }
  return `Error: ${error instanceof Error ? error.message : String(error)}\n`;
}

main().catch((error: unknown) => {
  if (error instanceof UsageError) {
    process.stderr.write(
      `jeton-iam: ${error.message}\n${USAGE}\nTry 'jeton-iam --help' for more information.\n`,
    );
    process.exit(EX_USAGE);
  }
  process.stderr.write(explain(error));
  process.exit(1);
});
