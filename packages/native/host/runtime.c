/*
 * The needs of a wasm2c module besides system calls: memory, function types, an end for traps. It replaces the
 * wasm-rt-impl.c of wasm2c, which allocates each part with malloc: that took a twentieth of a call.
 */
#include "runtime.h"

#include <stdarg.h>

#include "wasm-rt.h"

enum { PAGE_BYTES = 65536, MOST_TYPES = 64, MOST_TABLE_ELEMENTS = 64 };

uint32_t wasm_rt_call_stack_depth;

/* There is nothing to initialize. */
bool wasm_rt_is_initialized(void) { return true; }

/* The maximum memory, set by scripts/build-native.js. Unused parts occupy only addresses. */
static _Alignas(16) uint8_t bytes[(size_t)MOST_PAGES * PAGE_BYTES];

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint32_t initial_pages, uint32_t max_pages) {
  if (initial_pages > max_pages || max_pages > MOST_PAGES) wasm_rt_trap(WASM_RT_TRAP_OOB);
  *memory = (wasm_rt_memory_t){bytes, initial_pages, max_pages, initial_pages * PAGE_BYTES};
}

uint32_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint32_t delta) {
  uint32_t before = memory->pages;
  if (delta > memory->max_pages - before) return (uint32_t)-1;
  memory->pages += delta;
  memory->size = memory->pages * PAGE_BYTES;
  return before;
}

/* Leave no data for the next instance. */
void wasm_rt_free_memory(wasm_rt_memory_t *memory) { memset(bytes, 0, memory->size); }

/* Functions of the same type have the same number, from 1 on; a call through the table compares them. */
uint32_t wasm_rt_register_func_type(uint32_t params, uint32_t results, ...) {
  static uint64_t signatures[MOST_TYPES];
  static uint32_t count;
  /* Three bits for each type, results behind a mark. */
  if (params + results > 20) wasm_rt_trap(WASM_RT_TRAP_CALL_INDIRECT);
  uint64_t signature = 7;
  va_list types;
  va_start(types, results);
  for (uint32_t index = 0; index < params + results; index++) {
    if (index == params) signature = signature << 3 | 7;
    signature = signature << 3 | (uint64_t)va_arg(types, wasm_rt_type_t);
  }
  va_end(types);
  for (uint32_t index = 0; index < count; index++) {
    if (signatures[index] == signature) return index + 1;
  }
  if (count == MOST_TYPES) wasm_rt_trap(WASM_RT_TRAP_CALL_INDIRECT);
  signatures[count] = signature;
  return ++count;
}

void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t *table, uint32_t elements, uint32_t max_elements) {
  static wasm_rt_funcref_t functions[MOST_TABLE_ELEMENTS];
  if (elements > MOST_TABLE_ELEMENTS) wasm_rt_trap(WASM_RT_TRAP_CALL_INDIRECT);
  *table = (wasm_rt_funcref_table_t){functions, max_elements, elements};
}

void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t *table) { table->size = 0; }

void wasm_rt_trap(wasm_rt_trap_t trap) {
  static const char *const reasons[] = {
      [WASM_RT_TRAP_OOB] = "an access beyond its memory",
      [WASM_RT_TRAP_INT_OVERFLOW] = "a number too large",
      [WASM_RT_TRAP_DIV_BY_ZERO] = "a division by zero",
      [WASM_RT_TRAP_INVALID_CONVERSION] = "a number that is none",
      [WASM_RT_TRAP_UNREACHABLE] = "a wrong assumption",
      [WASM_RT_TRAP_CALL_INDIRECT] = "a call of the wrong function",
      [WASM_RT_TRAP_EXHAUSTION] = "too many calls in calls",
  };
  const char *reason = trap < sizeof reasons / sizeof *reasons ? reasons[trap] : NULL;
  end_on_defect(reason == NULL ? "unknown" : reason);
}
