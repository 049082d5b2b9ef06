/* The sockets that systemd has made for this process, and passes to it: sd_listen_fds(3). */
#include <stdlib.h>
#include <unistd.h>

/* The first of their descriptors. */
enum { FIRST_OF_SYSTEMD = 3 };

/* How many there are. */
static int systemd_sockets(void) {
  enum { MOST = 64 };
  const char *process = getenv("LISTEN_PID");
  const char *count = getenv("LISTEN_FDS");
  if (process == NULL || count == NULL || atoi(process) != getpid()) return 0;
  int number = atoi(count);
  return number < 0 || number > MOST ? 0 : number;
}

static void forget_systemd_sockets(void) {
  unsetenv("LISTEN_PID");
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_FDNAMES");
}
