/** The doors of an agent by number, as it says them to a compiled program (docs/sleeping-agent.md), and as bits of a set of doors. */
export const doorNumbers = { owner: 0, group: 1 } as const;
export const doorBits = { owner: 1 << doorNumbers.owner, group: 1 << doorNumbers.group } as const;
export const EVERY_DOOR = doorBits.owner | doorBits.group;
