import { Door } from '../../generated';
import { Reopening, Socket } from './sockets';

/** Checks whether the sockets are there, and listens again where one has vanished. */
@final
export class SocketCheck {
  /** Whether the agent has made a socket again. */
  hasNew: bool = false;
  /** Whether it has to be repeated soon, because another process holds a lock for a moment. */
  isUndecided: bool = false;
  private isReached: bool = false;
  private isTaken: bool = false;

  constructor(sockets: Socket[]) {
    for (let index = 0; index < sockets.length; index++) this.check(sockets[index]);
  }

  private check(socket: Socket): void {
    const isOwners = socket.door === Door.OWNER;
    if (!socket.isOurs) {
      const outcome = socket.reopen();
      if (outcome === Reopening.Taken) this.isTaken = this.isTaken || isOwners;
      else if (outcome === Reopening.Locked) this.isUndecided = true;
      else if (outcome === Reopening.Done) this.hasNew = true;
    }
    if (socket.isOurs) this.isReached = this.isReached || isOwners;
  }

  /** Whether other processes listen at all places of the owner. */
  get isLost(): bool {
    return this.isTaken && !this.isReached;
  }
}
