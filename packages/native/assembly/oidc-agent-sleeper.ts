/**
 * An agent that sleeps (docs/sleeping-agent.md): owns the sockets and the state, answers what is ready, and starts the Node program for
 * everything else. Either it accepts clients or the Node program does, never both.
 */
import { Agent } from './sleeper/agent';

/** What the host does next. */
export const GO_ON: i32 = 0;
export const END: i32 = 1;
const FAILED: i32 = 2;

const agent = new Agent();

/** Reads what the starter says, and listens. @returns GO_ON, or FAILED after a report of why not */
export function begin(): i32 {
  return agent.begin() ? GO_ON : FAILED;
}

/** One round: waits for an event, and deals with it. @returns GO_ON, or END when the agent has ended */
export function step(): i32 {
  return agent.step() ? GO_ON : END;
}
