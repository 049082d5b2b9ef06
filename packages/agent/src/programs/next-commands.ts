/** Lists the commands that a user may want next, with what each is for. */
export function nextCommands(commands: readonly (readonly [command: string, purpose: string])[]): string {
  const width = Math.max(...commands.map(([command]) => command.length));
  return ['Next:', ...commands.map(([command, purpose]) => `  ${command.padEnd(width)}  ${purpose}`)].join(
    '\n',
  );
}
