/** What jeton-iam tells its user at the start, apart from its address. */
import { isLoopback } from '../http/listener.ts';
import type { ServerOptions } from '../server.ts';
import { isTestUser, testUsers, type User } from '../users/users.ts';
import type { OptionValues } from './option-table.ts';

/** The most usernames to print. */
const MAX_NAMES = 5;

/** How to log in, and which certificate to trust. */
export function greeting(values: OptionValues, { users = testUsers }: ServerOptions): string {
  const { 'auto-approve': approver, 'tls-self-signed': certificate } = values;
  return [
    loginLine(users, values.config),
    ...(approver === undefined ? [] : [`All requests are approved as ${approver}, without a login`]),
    ...(certificate === undefined ? [] : [`Certificate for oidc-gen --cp and curl --cacert: ${certificate}`]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function loginLine(users: readonly User[], config: string | undefined): string {
  const able = users.filter(({ disabled }) => disabled !== true);
  if (able.length === 0) return `No user can log in: ${config} has none`;
  const names = able.slice(0, MAX_NAMES).map(({ username }) => username);
  const all = able.length > MAX_NAMES ? `${names.join(', ')} ...` : listed(names);
  return able.every(isTestUser)
    ? `Log in as ${all} with the password 'password'`
    : `Log in as ${all} with the password in ${config}`;
}

/** `a, b or c` */
function listed(names: readonly string[]): string {
  const [last, ...others] = names.toReversed();
  return others.length === 0 ? `${last}` : `${others.toReversed().join(', ')} or ${last}`;
}

/** A warning if other machines can log in with public passwords, or get tokens without a login; otherwise an empty text. */
export function warningIfOpen({ host = '127.0.0.1', users = testUsers, autoApprove }: ServerOptions): string {
  if (isLoopback(host)) return '';
  if (autoApprove !== undefined) {
    return `Warning: other machines can reach jeton-iam, and get tokens of ${autoApprove} without a login\nhint: leave out --host or --auto-approve\n`;
  }
  if (!users.some(isTestUser)) return '';
  return 'Warning: other machines can reach jeton-iam, and the passwords of its users are public\nhint: give it users of your own with --config FILE, or leave out --host\n';
}
