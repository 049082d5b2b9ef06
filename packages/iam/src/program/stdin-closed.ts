/**
 * Resolves when standard input closes: when all programs have ended that hold the other end of the pipe. Unlike the id of the parent
 * process, it shows the end of a program that has started jeton-iam by another one, such as npx or a shell.
 */
export function stdinClosed(): Promise<void> {
  return new Promise((resolve) => {
    const { stdin } = process;
    for (const event of ['end', 'close', 'error']) stdin.once(event, () => resolve());
    stdin.resume();
  });
}
