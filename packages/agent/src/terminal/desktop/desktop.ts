/** Whether a program can show a browser to the user: on a desktop, or through the X server of an ssh session. */
export function hasBrowser(env: NodeJS.ProcessEnv = process.env): boolean {
  return hasDesktop(env) || !!env.DISPLAY || !!env.WAYLAND_DISPLAY;
}

/** Whether the user works at a desktop of this computer, which can show windows and a browser, and not through SSH. */
export function hasDesktop(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): boolean {
  if (env.SSH_CONNECTION) return false;
  return platform === 'darwin' || !!env.DISPLAY || !!env.WAYLAND_DISPLAY;
}
