// The same, but where the token is refused, once more with a new one: node retry.js ACCOUNT URL
import { getToken } from '@jeton/client';

/** As fetch does it. `source` is what getToken takes; a body has to be one that can be sent twice, not a stream. */
async function fetchWithToken(source, url, init = {}) {
  const send = ({ token }) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    return fetch(url, { ...init, headers });
  };
  // It must not expire on its way.
  const response = await send(await getToken({ ...source, minValid: 30 }));
  if (response.status !== 401) return response;
  // Revoked, perhaps, which the agent cannot know: whatever it has is not good enough.
  await response.body?.cancel();
  return await send(await getToken({ ...source, forceNew: true }));
}

const [account, url] = process.argv.slice(2);
const response = await fetchWithToken({ account }, url);
console.log(response.status, await response.text());
