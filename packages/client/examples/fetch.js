// Sends a request with a token: node fetch.js ACCOUNT URL
import { getToken } from '@jeton/client';

const [account, url] = process.argv.slice(2);
const { token } = await getToken({ account });
const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
console.log(response.status, await response.text());
