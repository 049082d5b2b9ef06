import { stringify } from 'yaml';
import { type Client, defaultSettings, settingsOf } from '../../clients/clients.ts';
import { AUTHORIZATION_CODE, DEVICE_CODE, PASSWORD } from '../../grants/names.ts';
import type { Iam } from '../../iam.ts';
import { type Html, html } from '../html/html.ts';

/** The flows of oidc-gen, in the order in which it prefers them, by the grants that they need. */
const FLOWS = [
  { grant: DEVICE_CODE, flow: 'device' },
  { grant: AUTHORIZATION_CODE, flow: 'code' },
  { grant: PASSWORD, flow: 'password' },
];

/** A client as others need it: for programs that log in with it, and for the configuration file of another jeton-iam. */
export function configurationOf(iam: Pick<Iam, 'issuer' | 'users'>, client: Client): Html {
  const command = loginCommand(iam, client);
  return html`<section>
<h2>${client.client_name}</h2>
<p class="muted">One click selects a whole box.</p>
${command === undefined ? undefined : copyable('Log in with oidc-gen', command)}
${copyable('For the configuration file of jeton-iam', stringify({ clients: [membersOf(iam, client)] }, { lineWidth: 0 }))}
<p><a href="/admin?open=${encodeURIComponent(client.client_id)}">Back to the client</a></p>
</section>`;
}

function copyable(title: string, text: string): Html {
  return html`<h3>${title}</h3><pre class="copyable" tabindex="0" role="region" aria-label="${title}">${text}</pre>`;
}

function loginCommand({ issuer }: Pick<Iam, 'issuer'>, client: Client): string | undefined {
  const flow = FLOWS.find(({ grant }) => client.grant_types.includes(grant))?.flow;
  if (flow === undefined) return undefined;
  return [
    `oidc-gen -w ${flow} --iss=${quoted(issuer)} --client-id=${quoted(client.client_id)}`,
    ...(client.client_secret === undefined ? [] : [`  --client-secret=${quoted(client.client_secret)}`]),
    ...client.redirect_uris.map((uri) => `  --redirect-uri=${quoted(uri)}`),
    `  --scope=${quoted(client.scope)} NAME`,
  ].join(' \\\n');
}

/** A word for a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The members of a client in a configuration file, without settings that have their defaults. */
function membersOf(iam: Pick<Iam, 'users'>, client: Client): Record<string, unknown> {
  const { client_id, client_secret, client_name, grant_types, redirect_uris, scope } = client;
  const owners = client.owners.flatMap((id) => iam.users.byId(id)?.username ?? []);
  const defaults = new Map<string, unknown>(Object.entries(defaultSettings));
  const settings = Object.entries(settingsOf(client)).filter(
    ([name, value]) => value !== undefined && value !== defaults.get(name),
  );
  return {
    client_id,
    ...(client_secret === undefined ? {} : { client_secret }),
    client_name,
    grant_types,
    ...(redirect_uris.length === 0 ? {} : { redirect_uris }),
    scope,
    ...(owners.length === 0 ? {} : { owners }),
    ...Object.fromEntries(settings),
  };
}
