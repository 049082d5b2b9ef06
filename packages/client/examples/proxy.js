// Adds a token to every request, for programs that cannot do it themselves: node proxy.js ACCOUNT UPSTREAM SOCKET
import { once } from 'node:events';
import { createServer, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { getToken } from '@jeton/client';

const [account, upstream, socket] = process.argv.slice(2);
const { protocol, host, origin } = new URL(upstream);
const request = protocol === 'https:' ? requestHttps : requestHttp;

async function forward(incoming, outgoing) {
  const { token } = await getToken({ account, minValid: 30 });
  // The token goes only to UPSTREAM: the path never changes the host, even if it looks like a URL.
  const { method, url: path } = incoming;
  const headers = { ...incoming.headers, host, authorization: `Bearer ${token}` };
  const forwarded = request(origin, { method, path, headers });
  const [[answer]] = await Promise.all([once(forwarded, 'response'), pipeline(incoming, forwarded)]);
  outgoing.writeHead(answer.statusCode, answer.headers);
  await pipeline(answer, outgoing);
}

const server = createServer((incoming, outgoing) => {
  forward(incoming, outgoing).catch(({ message, hint = '' }) => {
    if (!outgoing.headersSent) outgoing.writeHead(502, { 'content-type': 'text/plain' });
    outgoing.end(`${message}\n${hint}\n`);
  });
});
// Only its owner may use this socket. All users of this computer could use a port.
process.umask(0o077);
server.listen(socket, () => console.log(`ready: curl --unix-socket ${socket} http://localhost/`));
process.once('SIGTERM', () => server.close());
