/** How many clients may be connected: see packages/agent/src/daemon/socket/connection-limit.ts. */
import { Door, GUESTS_SHARE, MAX_CONNECTIONS, MIN_CONNECTIONS, RESERVED_DESCRIPTORS } from '../../generated';
import * as host from '../host';
import { Socket } from '../sockets/sockets';

/** The most clients at a door: those of other doors have a share that the owner's clients do not get. */
export function clientLimit(door: i32, sockets: Socket[]): i32 {
  const all = max(MIN_CONNECTIONS, min(MAX_CONNECTIONS, host.descriptorLimit() - RESERVED_DESCRIPTORS));
  const guests = all / GUESTS_SHARE;
  if (door !== Door.OWNER) return guests;
  let others = 0;
  for (let index = 0; index < sockets.length; index++) others += sockets[index].door !== Door.OWNER ? 1 : 0;
  return all - others * guests;
}
