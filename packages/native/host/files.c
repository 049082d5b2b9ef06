/* System calls about files, descriptors, and whose they are. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module.h"
#include "process.h"

u32 Z_hostZ_read(host *h, u32 fd, u32 to, u32 size) { return result(read_on((int)fd, at(to, size), size)); }

u32 Z_hostZ_write(host *h, u32 fd, u32 from, u32 size) {
  const void *bytes = at(from, size);
  ssize_t count;
  do count = write((int)fd, bytes, size);
  while (count < 0 && errno == EINTR);
  return result(count);
}

void Z_hostZ_close(host *h, u32 fd) { close((int)fd); }

u32 Z_hostZ_openFile(host *h, u32 path) { return result(open(path_at(path), O_RDONLY | O_CLOEXEC)); }

u32 Z_hostZ_mayRead(host *h, u32 path) { return result(access(path_at(path), R_OK)); }

u32 Z_hostZ_mayRun(host *h, u32 path) { return result(access(path_at(path), X_OK)); }

u32 Z_hostZ_linkStatus(host *h, u32 path, u32 to) {
  struct stat status;
  u32 outcome = result(lstat(path_at(path), &status));
  if (outcome == 0) memcpy(at(to, 8), (u32[]){status.st_mode, status.st_uid}, 8);
  return outcome;
}

u32 Z_hostZ_identify(host *h, u32 path, u32 to) {
  struct stat status;
  u32 outcome = result(lstat(path_at(path), &status));
  u64 found[3] = {0};
  if (outcome == 0) memcpy(found, (u64[]){status.st_dev, status.st_ino, status.st_mode}, sizeof found);
  memcpy(at(to, sizeof found), found, sizeof found);
  return outcome;
}

u32 Z_hostZ_linkTarget(host *h, u32 path, u32 to, u32 size) { return result(readlink(path_at(path), at(to, size), size)); }

u32 Z_hostZ_makeFolder(host *h, u32 path) { return result(mkdir(path_at(path), 0700)); }

u32 Z_hostZ_removeFolder(host *h, u32 path) { return result(rmdir(path_at(path))); }

/* Gives a folder to a group. */
u32 Z_hostZ_share(host *h, u32 folder_address, u32 group) {
  const char *folder = path_at(folder_address);
  int outcome = chown(folder, (uid_t)-1, (gid_t)group);
  return result(outcome == 0 ? chmod(folder, 0710) : outcome);
}

static u32 make_file(const char *path, const char *content) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return result(fd);
  ssize_t count = write(fd, content, strlen(content));
  u32 outcome = result(count);
  close(fd);
  if (count < 0) unlink(path);
  return outcome;
}

u32 Z_hostZ_makeFile(host *h, u32 path, u32 content) { return make_file(path_at(path), path_at(content)); }

u32 Z_hostZ_removeFile(host *h, u32 path) { return result(unlink(path_at(path))); }

u32 Z_hostZ_rename(host *h, u32 from, u32 to) { return result(rename(path_at(from), path_at(to))); }

u32 Z_hostZ_userId(host *h) { return getuid(); }

u32 Z_hostZ_processId(host *h) { return (u32)getpid(); }

u32 Z_hostZ_processExists(host *h, u32 process) { return kill((pid_t)process, 0) == 0 || errno != ESRCH; }

static int process_id_line(char line[16]) { return snprintf(line, 16, "%d\n", getpid()); }

u32 Z_hostZ_writeProcessId(host *h, u32 path) {
  char line[16];
  process_id_line(line);
  return make_file(path_at(path), line);
}

u32 Z_hostZ_holdsProcessId(host *h, u32 path) {
  char line[16], found[17];
  int size = process_id_line(line);
  int fd = open(path_at(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t count = read(fd, found, sizeof found);
  close(fd);
  return count == size && memcmp(line, found, (size_t)size) == 0;
}
