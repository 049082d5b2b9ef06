/*
 * The system calls of the agent that sleeps, and nothing else: ../assembly/sleeper documents their use. The functions are
 * those of assembly/sleeper/host.ts, under the names that wasm2c gives to imports.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cipher.h"
#include "generated.h"
#include "program.h"
#include "runtime.h"
#include "systemd.h"

/* As in ../assembly/oidc-agent-sleeper.ts. */
enum { GO_ON = 0, END = 1 };

/* The argument of a program that goes on as the agent that has replaced itself by it (../assembly/sleeper/update.ts). */
static const char CONTINUES[] = "--continues";
/* The argument of one that only says at descriptor 3 whether it could. The number is for what is handed over, and how. */
static const char COULD_CONTINUE[] = "--could-continue=1";

/* As in ../assembly/sleeper/node-program.ts: why a program did not start, as exit codes. */
enum { NO_SCRIPT = 125, NO_DESCRIPTORS = 126, NO_PROGRAM = 127 };

static Z_program_instance_t program;
static int signal_fd;
/* For the programs that it starts. */
static sigset_t usual_signals;
static struct rlimit usual_cores;

struct Z_host_instance_t {
  int unused;
};
typedef struct Z_host_instance_t host;

/* Translates an address of the module, which must lie inside its memory. */
static void *at(u32 address, u32 size) {
  const wasm_rt_memory_t *memory = Z_programZ_memory(&program);
  if (size > memory->size || address > memory->size - size) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return memory->data + address;
}

static const char *path_at(u32 address) {
  const wasm_rt_memory_t *memory = Z_programZ_memory(&program);
  const char *path = at(address, 1);
  if (memchr(path, 0, memory->size - address) == NULL) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return path;
}

static u32 result(ssize_t outcome) { return outcome < 0 ? (u32)-errno : (u32)outcome; }

u32 Z_hostZ_accept(host *h, u32 listener) {
  (void)h;
  return result(accept4((int)listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

u32 Z_hostZ_read(host *h, u32 fd, u32 to, u32 size) {
  (void)h;
  void *bytes = at(to, size);
  ssize_t count;
  do count = read((int)fd, bytes, size);
  while (count < 0 && errno == EINTR);
  return result(count);
}

u32 Z_hostZ_write(host *h, u32 fd, u32 from, u32 size) {
  (void)h;
  const void *bytes = at(from, size);
  ssize_t count;
  do count = write((int)fd, bytes, size);
  while (count < 0 && errno == EINTR);
  return result(count);
}

void Z_hostZ_close(host *h, u32 fd) {
  (void)h;
  close((int)fd);
}

u32 Z_hostZ_poll(host *h, u32 entries, u32 count, u32 milliseconds) {
  (void)h;
  return result(poll(at(entries, count * sizeof(struct pollfd)), count, (int)milliseconds));
}

static f64 seconds_of(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (f64)time.tv_sec + (f64)time.tv_nsec / 1e9;
}

f64 Z_hostZ_steady(host *h) {
  (void)h;
  return seconds_of(CLOCK_MONOTONIC);
}

f64 Z_hostZ_wall(host *h) {
  (void)h;
  return seconds_of(CLOCK_REALTIME);
}

static bool address_of(const char *path, struct sockaddr_un *address) {
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  size_t length = strlen(path);
  errno = ENAMETOOLONG;
  if (length >= sizeof address->sun_path) return false;
  memcpy(address->sun_path, path, length);
  return true;
}

u32 Z_hostZ_listen(host *h, u32 path_address, u32 group) {
  (void)h;
  const char *path = path_at(path_address);
  struct sockaddr_un address;
  if (!address_of(path, &address)) return result(-1);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return result(fd);
  mode_t mask = umask(0177);
  int outcome = bind(fd, (struct sockaddr *)&address, sizeof address);
  int error = errno;
  umask(mask);
  errno = error;
  // At once, because a client that finds the file may connect. The steps for a group can take a moment on a busy disk.
  if (outcome == 0) outcome = listen(fd, BACKLOG);
  bool is_shared = (int)group >= 0;
  if (outcome == 0 && is_shared) outcome = chown(path, (uid_t)-1, (gid_t)group);
  if (outcome == 0 && is_shared) outcome = chmod(path, 0660);
  if (outcome == 0) return (u32)fd;
  u32 failure = result(-1);
  close(fd);
  return failure;
}

u32 Z_hostZ_share(host *h, u32 folder_address, u32 group) {
  (void)h;
  const char *folder = path_at(folder_address);
  int outcome = chown(folder, (uid_t)-1, (gid_t)group);
  return result(outcome == 0 ? chmod(folder, 0710) : outcome);
}

u32 Z_hostZ_reach(host *h, u32 path) {
  (void)h;
  struct sockaddr_un address;
  if (!address_of(path_at(path), &address)) return result(-1);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return result(fd);
  u32 outcome = result(connect(fd, (struct sockaddr *)&address, sizeof address));
  close(fd);
  return outcome;
}

u32 Z_hostZ_identify(host *h, u32 path, u32 to) {
  (void)h;
  struct stat status;
  u32 outcome = result(lstat(path_at(path), &status));
  u64 found[3] = {0};
  if (outcome == 0) memcpy(found, (u64[]){status.st_dev, status.st_ino, status.st_mode}, sizeof found);
  memcpy(at(to, sizeof found), found, sizeof found);
  return outcome;
}

u32 Z_hostZ_rename(host *h, u32 from, u32 to) {
  (void)h;
  return result(rename(path_at(from), path_at(to)));
}

u32 Z_hostZ_unlink(host *h, u32 path) {
  (void)h;
  return result(unlink(path_at(path)));
}

u32 Z_hostZ_removeFolder(host *h, u32 path) {
  (void)h;
  return result(rmdir(path_at(path)));
}

static int process_id_line(char line[16]) { return snprintf(line, 16, "%d\n", getpid()); }

u32 Z_hostZ_writeProcessId(host *h, u32 path) {
  (void)h;
  char line[16];
  int size = process_id_line(line);
  int fd = open(path_at(path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return result(fd);
  ssize_t count = write(fd, line, (size_t)size);
  u32 outcome = result(count);
  close(fd);
  return count < 0 ? outcome : 0;
}

u32 Z_hostZ_holdsProcessId(host *h, u32 path) {
  (void)h;
  char line[16], found[17];
  int size = process_id_line(line);
  int fd = open(path_at(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t count = read(fd, found, sizeof found);
  close(fd);
  return count == size && memcmp(line, found, (size_t)size) == 0;
}

u32 Z_hostZ_processId(host *h) {
  (void)h;
  return (u32)getpid();
}

u32 Z_hostZ_channel(host *h, u32 to) {
  (void)h;
  int ends[2];
  u32 outcome = result(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  if (outcome != 0) return outcome;
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  memcpy(at(to, sizeof ends), ends, sizeof ends);
  return 0;
}

static bool is_among(const int *descriptors, u32 count, int fd) {
  for (u32 index = 0; index < count; index++) {
    if (descriptors[index] == fd) return true;
  }
  return false;
}

/* Where the first descriptor is that another program or process gets. */
enum { PLACE = 3 };

/*
 * Puts descriptors at 3, 4, 5 and so on, and closes all others. A limit on open files that the clients have used up leaves room
 * for that, as no more are open meanwhile than are given.
 */
static bool place(int *descriptors, u32 count) {
  int highest = 0;
  for (u32 index = 0; index < count; index++) highest = descriptors[index] > highest ? descriptors[index] : highest;
  for (int fd = PLACE; fd < highest; fd++) {
    if (!is_among(descriptors, count, fd)) close(fd);
  }
  syscall(SYS_close_range, highest + 1, ~0U, 0);
  for (u32 index = 0; index < count; index++) {
    int target = PLACE + (int)index;
    int source = descriptors[index];
    u32 rest = count - index - 1;
    if (source == target) {
      if (fcntl(target, F_SETFD, 0) < 0) return false;
      continue;
    }
    if (is_among(descriptors + index + 1, rest, target)) {
      int moved = fcntl(target, F_DUPFD_CLOEXEC, PLACE + (int)count);
      if (moved < 0) return false;
      for (u32 later = index + 1; later < count; later++) {
        if (descriptors[later] == target) descriptors[later] = moved;
      }
    }
    if (dup2(source, target) < 0) return false;
    bool is_placed = source >= PLACE && source < target;
    if (!is_placed && !is_among(descriptors + index + 1, rest, source)) close(source);
  }
  return true;
}

/* Starts a program, after a look at the script that it is to read, if there is one. */
static u32 spawn(const char *file, char *const words[], const char *script, int *descriptors, u32 count) {
  pid_t child = fork();
  if (child != 0) return result(child);
  sigprocmask(SIG_SETMASK, &usual_signals, NULL);
  setrlimit(RLIMIT_CORE, &usual_cores);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_DFL);
  if (script != NULL && access(script, R_OK) != 0) _exit(NO_SCRIPT);
  if (!place(descriptors, count)) _exit(NO_DESCRIPTORS);
  execvp(file, words);
  _exit(NO_PROGRAM);
}

u32 Z_hostZ_spawnNode(host *h, u32 program_address, u32 script_address, u32 descriptors, u32 count) {
  (void)h;
  const char *script = path_at(script_address);
  /* The script names the certificates that it trusts. Without this option, Node would parse all of its own ones before the first of those. */
  char *words[] = {"node", "--use-openssl-ca", (char *)script, NULL};
  return spawn(path_at(program_address), words, script, at(descriptors, count * sizeof(int)), count);
}

u32 Z_hostZ_spawnTrial(host *h, u32 program_address, u32 descriptors, u32 count) {
  (void)h;
  char *words[] = {"oidc-agent", (char *)COULD_CONTINUE, NULL};
  return spawn(path_at(program_address), words, NULL, at(descriptors, count * sizeof(int)), count);
}

u32 Z_hostZ_reap(host *h, u32 to) {
  (void)h;
  int status = 0;
  pid_t child = waitpid(-1, &status, WNOHANG);
  if (child <= 0) return 0;
  int end = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  memcpy(at(to, sizeof end), &end, sizeof end);
  return (u32)child;
}

/*
 * Keeps other programs of the user, core dumps and the swap space away from what is in the memory. Where the system does not
 * allow it, the agent works all the same.
 */
static void keep_secrets(void) {
  prctl(PR_SET_DUMPABLE, 0);
  getrlimit(RLIMIT_CORE, &usual_cores);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, usual_cores.rlim_max});
}

static void have_no_input(void) {
  int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  close(nothing);
}

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
  (void)h;
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

void Z_hostZ_adopt(host *h, u32 fd) {
  (void)h;
  fcntl((int)fd, F_SETFD, FD_CLOEXEC);
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

u32 Z_hostZ_become(host *h, u32 program_address, u32 frames, u32 size, u32 descriptors, u32 count) {
  (void)h;
  const char *file = path_at(program_address);
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
    setrlimit(RLIMIT_CORE, &usual_cores);
    execv(file, (char *[]){"oidc-agent", (char *)CONTINUES, NULL});
    outcome = result(-1);
    keep_secrets();
    keep_open(list, count, false);
    have_no_input();
    kill(writer, SIGKILL);
  }
  close(ends[0]);
  return outcome;
}

void Z_hostZ_signal(host *h, u32 process, u32 number) {
  (void)h;
  kill((pid_t)process, (int)number);
}

u32 Z_hostZ_signals(host *h) {
  (void)h;
  return (u32)signal_fd;
}

/* The most that the user's limit allows, as Node does it. */
u32 Z_hostZ_descriptorLimit(host *h) {
  (void)h;
  static u32 known;
  if (known != 0) return known;
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  known = limit.rlim_cur > INT32_MAX ? INT32_MAX : (u32)limit.rlim_cur;
  return known;
}

u32 Z_hostZ_agree(host *h, u32 client_key, u32 common_key, u32 own_key) {
  (void)h;
  return cipher_agree(at(client_key, PUBLIC_KEY_CHARACTERS), at(common_key, COMMON_KEY_BYTES),
                      at(own_key, PUBLIC_KEY_BYTES));
}

/* Sizes near the end of the numbers would be computed wrongly. */
static size_t plain_size(u32 size) {
  if (size > MAX_PLAIN_BYTES) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return size;
}

u32 Z_hostZ_open(host *h, u32 common_key, u32 sealed, u32 size, u32 to) {
  (void)h;
  size_t bytes = plain_size(size);
  return cipher_open(at(common_key, COMMON_KEY_BYTES), at(sealed, (u32)cipher_sealed_characters(bytes)), bytes,
                     at(to, (u32)cipher_opened_bytes(bytes)));
}

u32 Z_hostZ_sealRoom(host *h, u32 size) {
  (void)h;
  return (u32)cipher_seal_bytes(plain_size(size));
}

u32 Z_hostZ_seal(host *h, u32 common_key, u32 plain, u32 size, u32 to) {
  (void)h;
  size_t bytes = plain_size(size);
  return (u32)cipher_seal(at(common_key, COMMON_KEY_BYTES), at(plain, size), bytes,
                          at(to, (u32)cipher_seal_bytes(bytes)));
}

/* Says something and ends the program. */
void end_on_defect(const char *reason) {
  dprintf(STDERR_FILENO, "Error: oidc-agent has a defect: %s\n", reason);
  _exit(70);
}

/* The memory of the module alone: what is reserved for it exceeds the usual limit for all of it. */
static void lock_memory(void) {
  static size_t locked;
  const wasm_rt_memory_t *memory = Z_programZ_memory(&program);
  if (memory->size == locked) return;
  mlock2(memory->data + locked, memory->size - locked, MLOCK_ONFAULT);
  locked = memory->size;
}

/* @param is_continued whether this process has caught them before: they are not blocked for others because of that */
static void catch_signals(bool is_continued) {
  static const int numbers[] = {SIGTERM, SIGINT, SIGCHLD, SIGHUP, SIGUSR1};
  enum { COUNT = sizeof numbers / sizeof *numbers };
  sigset_t caught;
  sigemptyset(&caught);
  for (int index = 0; index < COUNT; index++) sigaddset(&caught, numbers[index]);
  sigprocmask(SIG_BLOCK, &caught, &usual_signals);
  for (int index = 0; index < COUNT && is_continued; index++) sigdelset(&usual_signals, numbers[index]);
  signal_fd = signalfd(-1, &caught, SFD_NONBLOCK | SFD_CLOEXEC);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  /* If the starter ignores it, the system does not say how children end. */
  signal(SIGCHLD, SIG_DFL);
}

/* Has those that the starter sets up, 0 to 4, at their places, the sockets of systemd behind them, and no others. */
static void take_descriptors(void) {
  enum { FIRST = 3, LAST = 4 };
  int last = LAST + systemd_sockets();
  forget_systemd_sockets();
  int fd;
  do fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= last);
  syscall(SYS_close_range, last + 1, ~0U, 0);
  for (fd = FIRST; fd <= last; fd++) fcntl(fd, F_SETFD, FD_CLOEXEC);
  for (fd = LAST + 1; fd <= last; fd++) fcntl(fd, F_SETFL, O_NONBLOCK);
}

/* A starter that is a child of this process says to the user why the agent does not run; its exit code is that of both. */
static int exit_code_of_starter(int otherwise) {
  int status;
  pid_t starter;
  do starter = waitpid(-1, &status, 0);
  while (starter < 0 && errno == EINTR);
  if (starter < 0) return otherwise;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int count, char **words) {
  bool is_continued = count == 2 && strcmp(words[1], CONTINUES) == 0;
  if (count == 2 && strcmp(words[1], COULD_CONTINUE) == 0) return write(PLACE, "y", 1) == 1 ? 0 : 1;
  /* It takes no options; an installer asks for its version to see whether it runs here. */
  if (count > 1 && !is_continued) return 0;
  keep_secrets();
  prctl(PR_SET_NAME, "oidc-agent");
  umask(0077);
  if (!is_continued) take_descriptors();
  catch_signals(is_continued);
  Z_program_init_module();
  host unused = {0};
  Z_program_instantiate(&program, &unused);
  lock_memory();
  int code = (int)Z_programZ_begin(&program);
  if (code != GO_ON) return exit_code_of_starter(code);
  have_no_input();
  while ((code = (int)Z_programZ_step(&program)) == GO_ON) lock_memory();
  return code == END ? 0 : code;
}
