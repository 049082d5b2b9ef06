/** The file with the agent's process id. */
import * as host from './host';
import { address } from './sockets/sockets';

@final
export class PidFile {
  /** @param path empty for no file */
  constructor(readonly path: string) {}

  /** Writes the file, in place of one that is there. @returns 0 or an error */
  write(): i32 {
    if (this.path === '') return 0;
    const temporary = `${this.path}.${host.processId()}`;
    host.removeFile(address(temporary));
    const error = host.writeProcessId(address(temporary));
    if (error < 0) return error;
    return host.rename(address(temporary), address(this.path));
  }

  /** Removes the file, unless it is another process's by now. */
  remove(): void {
    if (this.path !== '' && host.holdsProcessId(address(this.path))) host.removeFile(address(this.path));
  }
}
