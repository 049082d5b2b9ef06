/** Whether the person sits before a desktop with windows and a browser, not at the other end of a connection. */
export function hasDesktop(env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.SSH_CONNECTION) return false;
  return process.platform === 'darwin' || !!env.DISPLAY || !!env.WAYLAND_DISPLAY;
}
