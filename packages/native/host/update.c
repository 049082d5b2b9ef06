/* Has an agent that sleeps become a newer version of its program (../assembly/sleeper/update.ts). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process.h"
#include "programs.h"

/* A number that differs for another file, or for one that was written since; 0 for none. */
static u64 fingerprint_of(const char *path) {
  struct stat status;
  if (stat(path, &status) != 0) return 0;
  const u64 parts[] = {
    status.st_dev, status.st_ino, (u64)status.st_size, (u64)status.st_mtim.tv_sec, (u64)status.st_mtim.tv_nsec,
  };
  u64 sum = 14695981039346656037u;
  for (size_t index = 0; index < sizeof parts / sizeof *parts; index++) sum = (sum ^ parts[index]) * 1099511628211u;
  return sum == 0 ? 1 : sum;
}

/* In a process of its own, which alone waits for a file server that does not answer. */
u32 Z_hostZ_look(host *h, u32 first, u32 second) {
  const char *paths[] = {path_at(first), path_at(second)};
  int ends[2];
  u32 outcome = result(pipe2(ends, O_CLOEXEC | O_NONBLOCK));
  if (outcome != 0) return outcome;
  pid_t child = fork();
  if (child == 0) {
    if (!place(&ends[1], 1)) _exit(1);
    u64 found[] = {fingerprint_of(paths[0]), fingerprint_of(paths[1]), fingerprint_of("/proc/self/exe")};
    _exit(write(PLACE, found, sizeof found) == sizeof found ? 0 : 1);
  }
  close(ends[1]);
  if (child > 0) return (u32)ends[0];
  outcome = result(child);
  close(ends[0]);
  return outcome;
}

/* A child writes, as a state may be larger than what the system holds between two ends. Only a socket cannot be opened by others. */
static pid_t write_aside(int fd, const u8 *bytes, u32 size) {
  pid_t child = fork();
  if (child != 0) return child;
  place(&fd, 1);
  while (size > 0) {
    ssize_t count = write(PLACE, bytes, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) _exit(1);
    bytes += count;
    size -= (u32)count;
  }
  _exit(0);
}

static void keep_open(const int *descriptors, u32 count, bool is_kept) {
  for (u32 index = 0; index < count; index++) fcntl(descriptors[index], F_SETFD, is_kept ? 0 : FD_CLOEXEC);
}

u32 Z_hostZ_become(host *h, u32 program_address, u64 fingerprint, u32 frames, u32 size, u32 descriptors, u32 count) {
  const char *file = path_at(program_address);
  if (fingerprint_of(file) != fingerprint) return (u32)-ESTALE;
  const u8 *bytes = at(frames, size);
  const int *list = at(descriptors, count * sizeof(int));
  int ends[2];
  u32 outcome = result(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  if (outcome != 0) return outcome;
  pid_t writer = write_aside(ends[1], bytes, size);
  outcome = result(writer);
  close(ends[1]);
  if (writer > 0) {
    dup2(ends[0], STDIN_FILENO);
    keep_open(list, count, true);
    leave_core_dumps(true);
    execv(file, (char *[]){"oidc-agent", CONTINUES, NULL});
    outcome = result(-1);
    keep_secrets();
    keep_open(list, count, false);
    have_no_input();
    kill(writer, SIGKILL);
  }
  close(ends[0]);
  return outcome;
}

void Z_hostZ_adopt(host *h, u32 fd) { fcntl((int)fd, F_SETFD, FD_CLOEXEC); }
