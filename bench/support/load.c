/*
 * Clients of an agent that take as little of the machine as they can, since they share it with the agent: each sends a request on a
 * new connection, reads the answer to its end, and asks again. A client whose connection has to wait in the agent's queue waits in
 * connect(), as the C suite's programs do.
 *
 *   load SOCKET REQUEST CLIENTS REQUESTS
 *
 * REQUESTS is how many all clients send together. Prints the microseconds from connect() to the whole answer, a line for each
 * request; the last line is the microseconds of all together. Ends with status 1 if an answer is a failure.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CLIENTS = 256, PATIENCE_MS = 30000, ANSWER_BYTES = 65536 };

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static const char *request;
static size_t request_size;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

/* Returns the connection, or exits. */
static int ask(void) {
  int agent = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(agent, (struct sockaddr *)&address, sizeof address) != 0) {
    perror("connect");
    exit(1);
  }
  if (write(agent, request, request_size) != (ssize_t)request_size) {
    perror("write");
    exit(1);
  }
  return agent;
}

/* Whether the answer is whole. The C agent ends its answers with an object, too, and closes later. */
static int is_whole(const char *piece, ssize_t size) {
  if (memmem(piece, (size_t)size, "\"failure\"", 9) != NULL) {
    fprintf(stderr, "the agent answers: %.*s\n", (int)size, piece);
    exit(1);
  }
  while (size > 0 && (piece[size - 1] == '\n' || piece[size - 1] == '\0')) size--;
  return size > 0 && piece[size - 1] == '}';
}

int main(int count, char **arguments) {
  if (count != 5 || strlen(arguments[1]) >= sizeof address.sun_path) return 64;
  strcpy(address.sun_path, arguments[1]);
  request = arguments[2];
  request_size = strlen(request);
  int clients = atoi(arguments[3]);
  int requests = atoi(arguments[4]);
  if (clients > MOST_CLIENTS || clients > requests) return 64;

  struct pollfd polled[MOST_CLIENTS];
  long long begun[MOST_CLIENTS];
  static char piece[ANSWER_BYTES];
  long long *taken = calloc((size_t)requests, sizeof *taken);
  int sent = 0;
  int answered = 0;
  long long begin = now();
  for (int client = 0; client < clients; client++, sent++) {
    begun[client] = now();
    polled[client] = (struct pollfd){.fd = ask(), .events = POLLIN};
  }
  while (answered < requests) {
    if (poll(polled, (nfds_t)clients, PATIENCE_MS) <= 0) {
      fprintf(stderr, "no answer after %d of %d\n", answered, requests);
      return 1;
    }
    for (int client = 0; client < clients; client++) {
      if (polled[client].revents == 0) continue;
      ssize_t size = read(polled[client].fd, piece, sizeof piece);
      if (size <= 0) {
        fprintf(stderr, "the agent hangs up\n");
        return 1;
      }
      if (!is_whole(piece, size)) continue;
      taken[answered++] = now() - begun[client];
      close(polled[client].fd);
      polled[client].fd = -1;
      if (sent == requests) continue;
      begun[client] = now();
      polled[client].fd = ask();
      sent++;
    }
  }
  long long total = now() - begin;
  for (int index = 0; index < requests; index++) printf("%lld\n", taken[index]);
  printf("%lld\n", total);
  return 0;
}
