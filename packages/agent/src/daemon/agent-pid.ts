/** The process id by which users know the agent; that of a sleeping agent is not this process's. */
export const agentPid = { current: process.pid };
