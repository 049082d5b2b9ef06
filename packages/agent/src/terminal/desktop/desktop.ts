/** Whether the user has a desktop with windows and a browser here, and is not logged in from elsewhere. */
export function hasDesktop(env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.SSH_CONNECTION) return false;
  return process.platform === 'darwin' || !!env.DISPLAY || !!env.WAYLAND_DISPLAY;
}
