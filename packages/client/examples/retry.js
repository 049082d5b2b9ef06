// The same, and if the service refuses the token, once more with a new one: node retry.js ACCOUNT URL
import { getToken } from '@jeton/client';

/** fetch, with a token. `source` has the options of getToken. The body must not be a stream, because it may be sent twice. */
async function fetchWithToken(source, url, init = {}) {
  const send = ({ token }) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    return fetch(url, { ...init, headers });
  };
  // The token must not expire on its way.
  const response = await send(await getToken({ ...source, minValid: 30 }));
  if (response.status !== 401) return response;
  // The token may have been revoked, which the agent cannot know: get a new one from the issuer.
  await response.body?.cancel();
  return await send(await getToken({ ...source, forceNew: true }));
}

const [account, url] = process.argv.slice(2);
const response = await fetchWithToken({ account }, url);
console.log(response.status, await response.text());
