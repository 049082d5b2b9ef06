/** How many clients may be connected, as packages/agent/src/daemon/socket/connection-limit.ts has it. */
import * as host from './host';
import { Socket } from './sockets';

const MAX_CLIENTS: i32 = 1024;
const MIN_CLIENTS: i32 = 16;
const RESERVED_DESCRIPTORS: i32 = 128;
const GUESTS_SHARE: i32 = 4;

/** The most clients at a door: those of other doors have a share that the owner's clients do not get. */
export function clientLimit(door: i32, sockets: Socket[]): i32 {
  const all = max(MIN_CLIENTS, min(MAX_CLIENTS, host.descriptorLimit() - RESERVED_DESCRIPTORS));
  const guests = all / GUESTS_SHARE;
  if (door > 0) return guests;
  let others = 0;
  for (let index = 0; index < sockets.length; index++) others += sockets[index].door > 0 ? 1 : 0;
  return all - others * guests;
}
