/*
 * The system as an agent that sleeps sees it, with one client, which a fuzzer plays (fuzz-clients.c): the functions of
 * ../assembly/sleeper/host.ts. The random bytes are the same for each client.
 */
#ifndef ONE_CLIENT_H
#define ONE_CLIENT_H

#define _GNU_SOURCE
#include "module.h"

#include "ready-answers.h"

#include <errno.h>
#include <poll.h>
#include <sys/random.h>

#include "cipher.h"

enum { MOST_BYTES = 4096, CLIENT_FD = 3, LISTENER_FD = 4 };

/* The client's side of the connection. */
static struct {
  bool is_connected, is_accepted, has_key, is_closed, is_kept;
  const uint8_t *piece;
  size_t piece_size;
  /* What the agent has read since the exchange of keys, or since the beginning. */
  uint8_t read[2 * MOST_BYTES];
  size_t read_size;
  uint8_t written[2 * MOST_BYTES];
  size_t written_size;
  size_t takes;
} client;
static double now;
static u32 door_asked;

static uint8_t next_random;

/* In place of the system's. */
ssize_t getrandom(void *to, size_t size, unsigned flags) {
  (void)flags;
  uint8_t *bytes = to;
  for (size_t index = 0; index < size; index++) bytes[index] = next_random++;
  return (ssize_t)size;
}

u32 Z_hostZ_accept(host *h, u32 listener) {
  if (listener != LISTENER_FD + door_asked) abort();
  if (!client.is_connected || client.is_accepted) return (u32)-EAGAIN;
  client.is_accepted = true;
  return CLIENT_FD;
}

u32 Z_hostZ_read(host *h, u32 fd, u32 to, u32 size) {
  if (fd != CLIENT_FD || client.is_closed) abort();
  size_t count = client.piece_size < size ? client.piece_size : size;
  if (count == 0) return (u32)-EAGAIN;
  memcpy(at(to, size), client.piece, count);
  client.piece += count;
  client.piece_size -= count;
  if (count > sizeof client.read - client.read_size) abort();
  memcpy(client.read + client.read_size, client.piece - count, count);
  client.read_size += count;
  return (u32)count;
}

u32 Z_hostZ_write(host *h, u32 fd, u32 from, u32 size) {
  if (fd != CLIENT_FD || client.is_closed) abort();
  size_t count = size;
  /* No answer has its size. */
  bool is_key = client.written_size == 0 && size == PUBLIC_KEY_CHARACTERS;
  client.has_key |= is_key;
  /* What came with the client's key or before is not part of the message. */
  if (is_key) client.read_size = 0;
  else if (client.takes > 0 && client.takes < count) count = client.takes;
  if (count > sizeof client.written - client.written_size) abort();
  memcpy(client.written + client.written_size, at(from, size), count);
  client.written_size += count;
  return (u32)count;
}

void Z_hostZ_close(host *h, u32 fd) {
  if (fd != CLIENT_FD || client.is_closed) abort();
  client.is_closed = !client.is_kept;
}

void Z_hostZ_adopt(host *h, u32 fd) {
  if (fd != CLIENT_FD) abort();
}

u32 Z_hostZ_poll(host *h, u32 entries, u32 count, u32 milliseconds) {
  struct pollfd *list = at(entries, count * sizeof(struct pollfd));
  for (u32 index = 0; index < count; index++) {
    bool connects = list[index].fd == (int)(LISTENER_FD + door_asked) && client.is_connected && !client.is_accepted;
    bool speaks = list[index].fd == CLIENT_FD && (client.piece_size > 0 || (list[index].events & POLLOUT) != 0);
    list[index].revents = connects || speaks ? list[index].events : 0;
  }
  return 1;
}

f64 Z_hostZ_steady(host *h) {
  return now;
}

f64 Z_hostZ_wall(host *h) {
  return now;
}

u32 Z_hostZ_descriptorLimit(host *h) {
  return 1024;
}

/* Of libsodium, what nothing calls is not there; with clang's coverage, the linker keeps its callers. */
void crypto_hash_sha512(void) { abort(); }
void crypto_secretbox_xsalsa20poly1305(void) { abort(); }
void crypto_secretbox_xsalsa20poly1305_open(void) { abort(); }

#endif
