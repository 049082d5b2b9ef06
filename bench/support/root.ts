/** The root of the checkout. scripts/bench.js bundles each benchmark into another folder, and runs it here. */
export const root = process.cwd();
