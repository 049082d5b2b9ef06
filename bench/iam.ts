/** Compares jeton-iam with oidc-provider, the library that it uses: requests, start-up, memory. See docs/performance.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { Sandbox } from '../e2e/support/computer/sandbox.ts';
import { endProcess } from '../e2e/support/processes.ts';
import { compare, type Figure, median, quantile, type Row } from './support/compare.ts';
import { Connections, type Load, type Request } from './support/http-load.ts';
import { type IssuerName, issuerNames, startIssuer } from './support/issuers.ts';
import { residentMiB } from './support/processes.ts';
import { printHeader, printTable } from './support/report.ts';
import { root } from './support/root.ts';
import { machineClient, personalClient, resource, scope } from './support/scenario.ts';

const CONNECTIONS = 16;

/** Of one round, in milliseconds. */
const DURATION_MS = 400;

/** How long a new process works before anything counts, in milliseconds: until then Node interprets most of the code. */
const WARM_UP_MS = 2000;

const sandbox = new Sandbox();
process.once('SIGINT', () => sandbox.close().finally(() => process.exit(130)));
try {
  printHeader([
    ['jeton-iam', (await sandbox.run('jeton-iam', ['--version'])).stdout.trim()],
    ['oidc-provider', installedVersion('oidc-provider')],
  ]);
  printTable(...issuerNames, [...(await starts()), ...(await requests())]);
} finally {
  await sandbox.close();
}

function installedVersion(name: string): string {
  const file = join(root, 'node_modules', name, 'package.json');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

/** From the command to the line that says that it is ready, and the memory that it takes then. */
async function starts(): Promise<Row[]> {
  const sample = async (name: IssuerName) => {
    const begin = performance.now();
    const { pid } = await startIssuer(sandbox, name);
    const startMs = performance.now() - begin;
    const memory = residentMiB(pid);
    await endProcess(pid);
    return { startMs, memory };
  };
  return await compare(issuerNames, 7, sample, [
    ['start until it is ready', 'ms', (runs) => median(runs.map(({ startMs }) => startMs))],
    ['memory when it is ready', 'MiB', (runs) => median(runs.map(({ memory }) => memory))],
  ]);
}

/** The same requests to both, and what they leave in memory. */
async function requests(): Promise<Row[]> {
  const targets = { 'jeton-iam': await target('jeton-iam'), 'oidc-provider': await target('oidc-provider') };
  const under = (what: string, name: keyof Requests) => {
    const sample = ({ connections, requests, pid }: Target) =>
      connections.load(requests[name], DURATION_MS, pid);
    return compare(
      issuerNames.map((issuer) => targets[issuer]),
      9,
      sample,
      figures(what),
    );
  };
  // Device codes come last: oidc-provider remembers a thousand things, and would forget the refresh token over them.
  const rows = [
    ...(await under('refresh', 'refresh')),
    ...(await under('client credentials', 'clientCredentials')),
    ...(await under('refresh again, many tokens later', 'refresh')),
    ...(await under('discovery', 'discovery')),
    ...(await under('device authorization', 'deviceAuthorization')),
  ];
  rows.push({
    what: 'memory after all this',
    unit: 'MiB',
    ours: residentMiB(targets['jeton-iam'].pid),
    peer: residentMiB(targets['oidc-provider'].pid),
  });
  for (const { connections } of Object.values(targets)) await connections.close();
  return rows;
}

function figures(what: string): Figure<Load>[] {
  const all = (runs: readonly Load[]) => runs.flatMap(({ milliseconds }) => milliseconds);
  return [
    [`${what}, throughput`, 'requests/s', (runs) => median(runs.map(({ perSecond }) => perSecond))],
    [`${what}, p99`, 'ms', (runs) => quantile(all(runs), 0.99)],
    [`${what}, CPU time`, 'µs/request', (runs) => median(runs.map((run) => run.processorMs)) * 1000],
  ];
}

interface Requests {
  readonly discovery: Request;
  readonly refresh: Request;
  readonly clientCredentials: Request;
  readonly deviceAuthorization: Request;
}

/** An issuer under load. */
interface Target {
  readonly pid: number;
  readonly connections: Connections;
  readonly requests: Requests;
}

/** Starts an issuer, and makes sure that it answers every request with what it is measured for. */
async function target(name: IssuerName): Promise<Target> {
  const { origin, pid, refreshToken } = await startIssuer(sandbox, name);
  const connections = new Connections(origin, CONNECTIONS);
  const discovery = { path: '/.well-known/openid-configuration' };
  const metadata = JSON.parse(await connections.send(discovery));
  const endpoint = (member: string) => new URL(metadata[member]).pathname;
  const token = { path: endpoint('token_endpoint') };
  const refresh_token = await refreshToken();
  const requests: Requests = {
    discovery,
    refresh: { ...token, client: personalClient, form: { grant_type: 'refresh_token', refresh_token } },
    clientCredentials: {
      ...token,
      client: machineClient,
      form: { grant_type: 'client_credentials', scope: 'storage.read:/', resource },
    },
    deviceAuthorization: {
      path: endpoint('device_authorization_endpoint'),
      client: personalClient,
      form: { client_id: personalClient.client_id, scope, resource },
    },
  };
  for (const request of [requests.refresh, requests.clientCredentials]) {
    const { access_token, id_token } = JSON.parse(await connections.send(request));
    if (decodeProtectedHeader(access_token).alg !== 'RS256' || id_token !== undefined) {
      throw new Error(`${name} signs something else than one access token with RS256`);
    }
  }
  await connections.load(requests.refresh, WARM_UP_MS, pid);
  return { pid, connections, requests };
}
