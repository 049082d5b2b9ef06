import { Door } from '../generated';
import { Socket } from './sockets';

/** A look after the sockets, which listens again where one has vanished. */
@final
export class SocketCheck {
  /** Whether a socket was made anew. */
  hasNew: bool = false;
  private isReached: bool = false;
  private isTaken: bool = false;

  constructor(sockets: Socket[]) {
    for (let index = 0; index < sockets.length; index++) this.check(sockets[index]);
  }

  private check(socket: Socket): void {
    const isOwners = socket.door === Door.OWNER;
    if (!socket.isOurs) {
      if (socket.reopen()) this.isTaken = this.isTaken || isOwners;
      else if (socket.isOurs) this.hasNew = true;
    }
    if (socket.isOurs) this.isReached = this.isReached || isOwners;
  }

  /** Whether other processes listen at all places of the owner. */
  get isLost(): bool {
    return this.isTaken && !this.isReached;
  }
}
