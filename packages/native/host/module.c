#include "module.h"

#include <errno.h>
#include <string.h>

Z_program_instance_t program;

struct Z_host_instance_t {
  int unused;
};

void begin_module(void) {
  host unused = {0};
  Z_program_init_module();
  Z_program_instantiate(&program, &unused);
}

void *at(u32 address, u32 size) {
  const wasm_rt_memory_t *memory = Z_programZ_memory(&program);
  if (size > memory->size || address > memory->size - size) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return memory->data + address;
}

const char *path_at(u32 address) {
  const wasm_rt_memory_t *memory = Z_programZ_memory(&program);
  const char *path = at(address, 1);
  if (memchr(path, 0, memory->size - address) == NULL) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return path;
}

u32 result(ssize_t outcome) { return outcome < 0 ? (u32)-errno : (u32)outcome; }
