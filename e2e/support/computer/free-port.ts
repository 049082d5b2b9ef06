import { once } from 'node:events';
import { createServer } from 'node:net';

/** The highest port that oidc-gen takes for a redirect URI; systems give out higher ones by themselves. */
const HIGHEST = 49_151;

/** A port of 127.0.0.1 that was free a moment ago, and that a redirect URI may have. */
export async function freePort(): Promise<number> {
  for (;;) {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const address = probe.address();
    probe.close();
    await once(probe, 'close');
    if (typeof address === 'object' && address !== null && address.port <= HIGHEST) return address.port;
  }
}
