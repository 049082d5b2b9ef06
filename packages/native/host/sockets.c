/* System calls about sockets. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "generated.h"
#include "module.h"

/* Makes a socket that does not block, and the address of a path for it. Returns its descriptor, or -1 with an error. */
static int socket_for(const char *path, struct sockaddr_un *address) {
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  size_t length = strlen(path);
  errno = ENAMETOOLONG;
  if (length >= sizeof address->sun_path) return -1;
  memcpy(address->sun_path, path, length);
  return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Waits for room in the queue of an agent that is busy. */
static int connect_patiently(int fd, const struct sockaddr_un *address, u32 milliseconds) {
  struct timeval patience = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  fcntl(fd, F_SETFL, 0);
  int outcome;
  do outcome = connect(fd, (const struct sockaddr *)address, sizeof *address);
  while (outcome < 0 && errno == EINTR);
  int error = errno;
  fcntl(fd, F_SETFL, O_NONBLOCK);
  errno = error;
  return outcome;
}

u32 Z_hostZ_connect(host *h, u32 path, u32 milliseconds) {
  struct sockaddr_un address;
  int fd = socket_for(path_at(path), &address);
  if (fd < 0) return result(fd);
  if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) return (u32)fd;
  if (errno == EAGAIN && connect_patiently(fd, &address, milliseconds) == 0) return (u32)fd;
  u32 outcome = result(-1);
  close(fd);
  return outcome;
}

u32 Z_hostZ_reach(host *h, u32 path) {
  struct sockaddr_un address;
  int fd = socket_for(path_at(path), &address);
  if (fd < 0) return result(fd);
  u32 outcome = result(connect(fd, (const struct sockaddr *)&address, sizeof address));
  close(fd);
  return outcome;
}

u32 Z_hostZ_listen(host *h, u32 path_address, u32 group) {
  const char *path = path_at(path_address);
  struct sockaddr_un address;
  int fd = socket_for(path, &address);
  if (fd < 0) return result(fd);
  mode_t mask = umask(0177);
  int outcome = bind(fd, (struct sockaddr *)&address, sizeof address);
  int error = errno;
  umask(mask);
  errno = error;
  /* At once, because a client that finds the file may connect. The steps for a group can take a moment on a busy disk. */
  if (outcome == 0) outcome = listen(fd, BACKLOG);
  bool is_shared = (int)group >= 0;
  if (outcome == 0 && is_shared) outcome = chown(path, (uid_t)-1, (gid_t)group);
  if (outcome == 0 && is_shared) outcome = chmod(path, 0660);
  if (outcome == 0) return (u32)fd;
  u32 failure = result(-1);
  close(fd);
  return failure;
}

u32 Z_hostZ_accept(host *h, u32 listener) {
  return result(accept4((int)listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

u32 Z_hostZ_channel(host *h, u32 to) {
  int ends[2];
  u32 outcome = result(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  if (outcome != 0) return outcome;
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  memcpy(at(to, sizeof ends), ends, sizeof ends);
  return 0;
}
