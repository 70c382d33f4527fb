// Found before libstdc++'s header of this name, in instrumented units alone (heddle_instrument).
//
// In libstdc++ 12, std::atomic<std::shared_ptr> locks a bit of its pointer, and after reading
// unlocks it with memory_order_relaxed (mended later): the next writer is not ordered after the
// reader, so every correct program would race inside the library. Here the subtraction that unlocks
// releases, whatever order it is given. What is done with the pointee afterwards stays as unordered
// as it is.
#pragma once
#pragma GCC system_header

#include <bits/atomic_base.h>

#define fetch_sub(count, order) fetch_sub(count, (static_cast<void>(order), memory_order_seq_cst))

#include_next <bits/shared_ptr_atomic.h>

#undef fetch_sub
