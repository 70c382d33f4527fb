// Further names of an interceptor.
#pragma once

// `second` is the same function as `first`, which this source file defines: libc's 64-bit forms,
// which on x86-64 are the plain ones.
#define HEDDLE_SECOND_NAME(second, first) \
  asm(".globl " #second "\n.set " #second ", " #first "\n.type " #second ", @function")
