/** What an agent is at the moment. */
export enum Shape {
  Asleep,
  /** A Node program runs. */
  Awake,
  /** The agent ends as soon as the Node program has. */
  Ending,
  /** All is done but the removal of the folder, which another process may have a file in. */
  Leaving,
}
