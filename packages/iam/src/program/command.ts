import { readFile } from 'node:fs/promises';
import type { BehaviourInput } from '../behaviour/rules.ts';
import { parseBehaviourWords } from '../behaviour/words.ts';
import { parseConfig } from '../config/config.ts';
import type { Config } from '../config/server-options.ts';
import { selfSigned, serverNames } from '../http/self-signed.ts';
import type { ServerOptions } from '../server.ts';
import { isAcceptableIssuer } from '../users/external-provider.ts';
import { writeCertificate } from './certificate-file.ts';
import { UsageError } from './command-line.ts';
import { warningIfOpen } from './greeting.ts';
import type { OptionValues } from './option-table.ts';
import { controlToken, warningIfReadableByOthers } from './secret-files.ts';

/** What the program is to do. */
export interface Command {
  readonly options: ServerOptions;
  /** Warnings to print once jeton-iam runs. */
  readonly warnings: string;
  readonly json: boolean;
}

/**
 * Reads the files that the options name, and checks the values.
 * @throws UsageError, or Error for a file
 */
export async function readCommand(values: OptionValues): Promise<Command> {
  const { port = '8080', host = '127.0.0.1', issuer, json, verbose } = values;
  const { 'auto-approve': autoApprove } = values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new UsageError(`'${port}' is not a port`);
  if (issuer !== undefined) checkIssuer(issuer);
  const tls = await readTls(values, host);
  const config: Config =
    values.config === undefined ? {} : parseConfig(await readFile(values.config, 'utf8'), values.config);
  const tokenFile = values['control-token-file'];
  const options: ServerOptions = {
    ...config,
    port: Number(port),
    host,
    ...(issuer === undefined ? {} : { issuer }),
    ...(tls && { tls }),
    ...(await readExternal(values)),
    legacyRegister: values['legacy-register'],
    ...(values.data === undefined ? {} : { data: values.data }),
    ...(tokenFile === undefined ? {} : { controlToken: await controlToken(tokenFile) }),
    ...(autoApprove === undefined ? {} : { autoApprove }),
    ...(values.profile === undefined ? {} : { profile: values.profile }),
    ...(values.like === undefined ? {} : { like: values.like }),
    behaviour: readBehaviour(values.behave, config.behaviour),
    ...(verbose ? { log: (line: string) => process.stderr.write(`${line}\n`) } : {}),
  };
  return { options, warnings: warningIfOpen(options) + (await warningsAbout(values, config)), json };
}

/** Warnings about files with secrets that other users can read. */
async function warningsAbout(values: OptionValues, config: Config): Promise<string> {
  const { 'tls-key': key, 'external-secret-file': secret } = values;
  const hasSecrets =
    (config.users ?? []).length > 0 ||
    config.clients?.some(({ client_secret }) => client_secret !== undefined);
  const files = [key, secret, hasSecrets === true ? values.config : undefined];
  const warnings = files.map((file) => (file === undefined ? '' : warningIfReadableByOthers(file)));
  return (await Promise.all(warnings)).join('');
}

async function readTls(values: OptionValues, host: string): Promise<ServerOptions['tls']> {
  const { 'tls-cert': cert, 'tls-key': key, 'tls-self-signed': file } = values;
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('--tls-cert and --tls-key are needed together');
  }
  if (cert !== undefined && key !== undefined) {
    if (file !== undefined)
      throw new UsageError('--tls-self-signed makes a certificate, so leave out --tls-cert');
    return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
  }
  if (file === undefined) return undefined;
  const made = await selfSigned(serverNames(host, values.issuer));
  await writeCertificate(file, made.cert);
  return made;
}

async function readExternal(values: OptionValues): Promise<Pick<ServerOptions, 'external'>> {
  const { external: issuer, 'external-client': clientId, 'external-secret-file': file } = values;
  if (issuer === undefined && clientId === undefined && file === undefined) return {};
  if (issuer === undefined || clientId === undefined) {
    throw new UsageError('--external and --external-client are needed together');
  }
  if (!isAcceptableIssuer(issuer)) throw new UsageError(`'${issuer}' must be https, or http on this machine`);
  const secret = file === undefined ? {} : { clientSecret: (await readFile(file, 'utf8')).trim() };
  return { external: { issuer, clientId, ...secret } };
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
