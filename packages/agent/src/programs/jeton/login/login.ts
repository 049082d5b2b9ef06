/** `jeton login`: asks what is needed, starts an agent, and leaves the login to the code of oidc-gen. */
import { existsSync } from 'node:fs';
import { shellQuote } from '@jeton/client/shell-quote';
import { stablePlaces } from '@jeton/protocol/socket-path';
import { accountPath, createAgentDirectory } from '../../../accounts/directory.ts';
import { askAgent } from '../../../client/ask-agent.ts';
import { readArguments } from '../../../command-line/options.ts';
import { inform } from '../../../terminal/output.ts';
import { hasTerminal } from '../../oidc-gen/ask-user.ts';
import { type Options as GenOptions, program as oidcGen } from '../../oidc-gen/command-line.ts';
import { generate } from '../../oidc-gen/commands/generate.ts';
import { reauthenticate } from '../../oidc-gen/commands/reauthenticate.ts';
import { withConfig } from '../../oidc-gen/configured.ts';
import { askForIssuer, askForKeyring, askForName, askForScopes } from './questions.ts';

/**
 * Logs in again if the account exists, else makes it.
 * @param name the short name of the account; asked for if undefined
 * @param given the options of oidc-gen that the command line has
 * @throws the errors of `generate` and `reauthenticate`
 */
export async function logIn(name: string | undefined, given: Partial<GenOptions>): Promise<void> {
  const options = withConfig({ ...readArguments(oidcGen, []).options, ...given });
  const directory = createAgentDirectory(process.env);
  const path = name === undefined ? undefined : accountPath(directory, name);
  if (name !== undefined && path !== undefined && existsSync(path)) {
    await startAgent();
    await reauthenticate(name, path, directory, options);
  } else {
    const answers = hasTerminal(options) ? await ask(name, directory, options) : { name, options };
    // Not before the questions: a user who stops there leaves no agent behind.
    await startAgent();
    await generate(answers.name, answers.options);
  }
  if (process.stderr.isTTY) showSocket();
}

/** Starts an agent if none runs. */
async function startAgent(): Promise<void> {
  await askAgent({ request: 'check' }, { autoStart: 'always' });
}

/** Asks for what neither the options nor the name say, in the order in which the next question can suggest an answer. */
async function ask(given: string | undefined, directory: string, options: GenOptions) {
  const issuer = await askForIssuer(given, directory, options);
  const name = given ?? (await askForName(issuer.metadata.issuer, directory));
  const scope = await askForScopes(issuer, options);
  const keyring = await askForKeyring(options);
  return { name, options: { ...options, issuer: issuer.metadata.issuer, scope, 'pw-keyring': keyring } };
}

/** The programs of jeton find the agent by themselves; not all libraries of other languages do. */
function showSocket(): void {
  if (process.env.OIDC_SOCK) return;
  const path = stablePlaces(process.env).paths.at(-1) ?? '';
  inform(`Libraries for Python and Go find the agent by: export OIDC_SOCK=${shellQuote(path)}`);
}
