/** The signals of this process, which are read from a descriptor. */
import * as host from './host';
import { NodeProgram } from './node/node-program';

const SIGINT: i32 = 2;
const SIGTERM: i32 = 15;
const SIGCHLD: i32 = 17;

/** `struct signalfd_siginfo`, which begins with the number of the signal. */
const SIGNAL_BYTES: i32 = 128;
const info = memory.data(128);

/** Takes the signals that have come, and notice of children that have ended. @returns whether the agent is to end */
export function takeSignals(node: NodeProgram): bool {
  let isEnd = false;
  while (host.read(host.signals(), info, SIGNAL_BYTES) === SIGNAL_BYTES) {
    const signal = load<i32>(info);
    if (signal === SIGCHLD) node.noticeEnds();
    else if (signal === SIGTERM || signal === SIGINT) isEnd = true;
  }
  return isEnd;
}
