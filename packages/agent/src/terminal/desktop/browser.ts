import { spawn } from 'node:child_process';

/**
 * Opens an address in the user's browser. Uses an argument list, so that no shell interprets the issuer's address.
 *
 * @returns whether a browser was started; never for an address that is not http or https
 */
export function openBrowser(address: string): Promise<boolean> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const child = spawn(openerOf(process.platform), [url.href], { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false)).once('spawn', () => resolve(true));
    child.unref();
  });
}

/** The program that opens an address in the user's browser. */
export const openerOf = (platform: NodeJS.Platform) => (platform === 'darwin' ? 'open' : 'xdg-open');
