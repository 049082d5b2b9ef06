/* The encryption for the module of the agent that sleeps: cipher.c, with addresses that are checked. */
#include "cipher.h"
#include "module.h"

u32 Z_hostZ_agree(host *h, u32 client_key, u32 common_key, u32 own_key) {
  return cipher_agree(at(client_key, PUBLIC_KEY_CHARACTERS), at(common_key, COMMON_KEY_BYTES),
                      at(own_key, PUBLIC_KEY_BYTES));
}

/* Sizes near the end of the numbers would be computed wrongly. */
static size_t plain_size(u32 size) {
  if (size > MAX_PLAIN_BYTES) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return size;
}

u32 Z_hostZ_open(host *h, u32 common_key, u32 sealed, u32 size, u32 to) {
  size_t bytes = plain_size(size);
  return cipher_open(at(common_key, COMMON_KEY_BYTES), at(sealed, (u32)cipher_sealed_characters(bytes)), bytes,
                     at(to, (u32)cipher_opened_bytes(bytes)));
}

u32 Z_hostZ_sealRoom(host *h, u32 size) { return (u32)cipher_seal_bytes(plain_size(size)); }

u32 Z_hostZ_seal(host *h, u32 common_key, u32 plain, u32 size, u32 to) {
  size_t bytes = plain_size(size);
  return (u32)cipher_seal(at(common_key, COMMON_KEY_BYTES), at(plain, size), bytes,
                          at(to, (u32)cipher_seal_bytes(bytes)));
}
