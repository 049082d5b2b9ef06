/**
 * A door is a socket of the agent with a policy. The permissions of the socket's file say which users may connect; the door says
 * which effects their requests may have (docs/protocol.md, "Who may ask what").
 */
import { errorTexts, type RequestName } from '@jeton/protocol';
import { RequestFailure } from '../failure.ts';

/** Something that a request may do. */
export type Effect =
  /** Reveals that an agent runs. */
  | 'check'
  /** Reveals the names of accounts and their issuers. */
  | 'list-accounts'
  /** Reveals how the agent was started, and its work for each account. */
  | 'status'
  /** Gives a token of an account. */
  | 'access-token'
  | 'id-token'
  | 'mytoken'
  /** Gives a refresh token, a client secret or a registration token. */
  | 'reveal-secrets'
  /** Loads an account, replaces it, forgets it, or makes it unusable. */
  | 'change-accounts'
  /** Names a command or a file that the agent runs or reads as its owner, now or later. */
  | 'run-commands'
  /** Sends the client's data to an address of the client's choice. */
  | 'call-issuer'
  /** Makes the agent answer nothing, or answer again. */
  | 'lock'
  /** Keeps files in the agent's memory, for other clients to read. */
  | 'memory-files';

/** The effects of each request. A new request does not compile without its row; a test compares the rows with docs/protocol.md. */
export const effects: { readonly [Name in RequestName]: readonly Effect[] } = {
  check: ['check'],
  loaded_accounts: ['list-accounts'],
  account_info: ['list-accounts'],
  status: ['status', 'list-accounts'],
  status_json: ['status', 'list-accounts'],
  access_token: ['access-token'],
  id_token: ['id-token'],
  mytoken: ['mytoken'],
  mytoken_supported_providers: ['call-issuer'],
  add: ['change-accounts', 'run-commands', 'call-issuer'],
  remove: ['change-accounts'],
  remove_all: ['change-accounts'],
  gen: ['change-accounts', 'reveal-secrets', 'run-commands', 'call-issuer'],
  reauthenticate: ['change-accounts', 'reveal-secrets'],
  device: ['change-accounts', 'reveal-secrets', 'access-token'],
  code_exchange: ['change-accounts', 'reveal-secrets', 'access-token'],
  state_lookup: ['reveal-secrets', 'access-token'],
  term_http_server: ['change-accounts'],
  scopes: ['call-issuer'],
  register: ['reveal-secrets', 'call-issuer'],
  delete: ['change-accounts', 'call-issuer'],
  delete_client: ['change-accounts', 'call-issuer'],
  file_write: ['memory-files'],
  file_read: ['memory-files', 'reveal-secrets'],
  file_remove: ['memory-files'],
  lock: ['lock'],
  unlock: ['lock'],
};

export interface Door {
  readonly name: string;
  /** The effects that a request may have; the door refuses a request that has any other. */
  readonly allows: ReadonlySet<Effect>;
  /** Whether a request for a token may load the account, for which the agent needs a password of its owner. */
  readonly loadsAccounts: boolean;
  /** The words for a program at this door, in a question to the owner. */
  readonly visitor: string;
  /** Called for each request that the door refuses. */
  readonly onRefusal?: (name: RequestName) => void;
}

/** The door of the agent's owner, which admits every request. */
export const ownerDoor: Door = {
  name: 'owner',
  allows: new Set(Object.values(effects).flat()),
  loadsAccounts: true,
  visitor: 'A program',
};

/** Members of a group get tokens. They change nothing, run nothing, and see no secret that outlives a token. */
const forMembers: ReadonlySet<Effect> = new Set([
  'check',
  'list-accounts',
  'access-token',
  'id-token',
  'mytoken',
]);

/** The door of a group's members: see `--with-group`. */
export function groupDoor(group: string): Door {
  return {
    name: `group ${group}`,
    allows: forMembers,
    loadsAccounts: false,
    visitor: `A program of a member of the group '${group}'`,
  };
}

/**
 * Checks whether a client may make this request at this door. The agent calls it before it reads the rest of the request.
 *
 * @throws RequestFailure `operation forbidden`
 */
export function admit(name: RequestName, door: Door): void {
  const refused = effects[name].filter((effect) => !door.allows.has(effect));
  if (refused.length === 0) return;
  door.onRefusal?.(name);
  throw new RequestFailure(errorTexts.forbidden, [
    `only the owner of this agent may request '${name}' (${refused.join(', ')}); use an agent of your own: oidc-agent`,
  ]);
}
