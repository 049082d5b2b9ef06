import { AgentError } from './agent-error.ts';
import { exchange } from './conversation/exchange.ts';
import { type AgentOptions, checkOptions } from './options.ts';

/**
 * The short names of the loaded accounts, in the agent's order.
 *
 * @throws AgentError
 * @throws TypeError for invalid options
 */
export async function accounts(options: AgentOptions = {}): Promise<string[]> {
  checkOptions('accounts', options);
  const { info } = await exchange({ request: 'loaded_accounts' }, options);
  if (Array.isArray(info) && info.every((account) => typeof account === 'string')) return info;
  throw new AgentError('malformed', 'The answer of the agent has no list of accounts');
}
