/** What an agent is at the moment. */
export enum Shape {
  Asleep,
  /** A Node program runs. */
  Awake,
  /** The agent ends as soon as the Node program has. */
  Ending,
  /** Only the folder of the sockets is left to remove, in which another process may still have a file. */
  Leaving,
}
