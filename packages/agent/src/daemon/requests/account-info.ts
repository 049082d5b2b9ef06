/** The answer to `account_info`. */
import { issuers } from '../configuration.ts';

/** The configured issuers with their accounts. @param loadedNames the accounts that the agent holds */
export async function accountInfo(loadedNames: readonly string[]): Promise<object> {
  const loaded = new Set(loadedNames);
  const info: Record<string, { pubclient: boolean; accounts?: Record<string, boolean> }> = {};
  for (const { issuer, accounts = [], pubclient } of await issuers()) {
    const entry = { pubclient: pubclient !== undefined };
    const states = Object.fromEntries(accounts.map((name) => [name, loaded.has(name)]));
    info[issuer] = accounts.length > 0 ? { ...entry, accounts: states } : entry;
  }
  return info;
}
