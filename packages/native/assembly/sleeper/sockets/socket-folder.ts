/** The folder that was made for the sockets. */
import { ENOTEMPTY } from '../../system-errors';
import { now } from '../clock';
import * as host from '../host';
import { address } from './sockets';

/** Seconds in which another process may remove its file from the folder, and between two attempts to remove the folder. */
const WAIT_SECONDS: f64 = 0.5;
export const RETRY_SECONDS: f64 = 0.005;

@final
export class SocketFolder {
  /** By the steady clock. */
  private waitUntil: f64 = 0;

  /** @param path empty for no folder */
  constructor(private readonly path: string) {}

  /** The first attempt to remove it is now. */
  begin(): void {
    this.waitUntil = now.steady + WAIT_SECONDS;
  }

  /** `oidc-agent -k` holds the lock of the socket, which is a file in the folder. @returns whether there is nothing more to do */
  remove(): bool {
    return (
      this.path === '' || host.removeFolder(address(this.path)) !== ENOTEMPTY || now.steady >= this.waitUntil
    );
  }
}
