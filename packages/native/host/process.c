#define _GNU_SOURCE
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void hear_of_failed_writes(bool hear) {
  signal(SIGPIPE, hear ? SIG_IGN : SIG_DFL);
  signal(SIGXFSZ, hear ? SIG_IGN : SIG_DFL);
}

void hear_of_children(void) { signal(SIGCHLD, SIG_DFL); }

void leave_core_dumps(bool leave) {
  static struct rlimit inherited;
  static bool is_known;
  if (!is_known) is_known = getrlimit(RLIMIT_CORE, &inherited) == 0;
  if (is_known) setrlimit(RLIMIT_CORE, &(struct rlimit){leave ? inherited.rlim_cur : 0, inherited.rlim_max});
}

bool have_no_input(void) {
  int nothing = open("/dev/null", O_RDONLY);
  if (nothing == STDIN_FILENO) return true;
  bool is_done = dup2(nothing, STDIN_FILENO) >= 0;
  close(nothing);
  return is_done;
}

/* Linux has a call for this since 5.9. */
void close_from(int first) {
  if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
  DIR *folder = opendir("/proc/self/fd");
  if (folder == NULL) return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    int fd = atoi(entry->d_name);
    if (fd >= first && fd != dirfd(folder)) close(fd);
  }
  closedir(folder);
}

ssize_t read_on(int fd, void *bytes, size_t size) {
  ssize_t count;
  do count = read(fd, bytes, size);
  while (count < 0 && errno == EINTR);
  return count;
}

int exit_code_of(pid_t child, int otherwise) {
  int status;
  pid_t ended;
  do ended = waitpid(child, &status, 0);
  while (ended < 0 && errno == EINTR);
  if (ended < 0) return otherwise;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
