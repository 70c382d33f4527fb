// Which operations order which accesses: each wrong program beside the right one.
#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;
using std::memory_order;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_consume;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;

// What is published: as four bytes it shares a word with its flag (judge/differences_test.py).
#ifdef DATA_FILLS_ITS_WORD
using Data = int64_t;
#else
using Data = int;
#endif

template <typename One, typename Other>
void side_by_side(One one, Other other) {
  std::thread first(one);
  std::thread second(other);
  first.join();
  second.join();
}

// ---- Publication: data, then a flag -------------------------------------------------------------

template <memory_order store, memory_order load>
void publication(const Parameters&) {
  Data data = 0;
  std::atomic<bool> ready{false};
  side_by_side(
      [&] {
        data = 1;
        ready.store(true, store);
      },
      [&] {
        if (ready.load(load)) check(data == 1, "the data");
      });
}

template <memory_order before_store, memory_order after_load>
void fences(const Parameters&) {
  Data data = 0;
  std::atomic<bool> ready{false};
  side_by_side(
      [&] {
        data = 1;
        std::atomic_thread_fence(before_store);
        ready.store(true, memory_order_relaxed);
      },
      [&] {
        const bool seen = ready.load(memory_order_relaxed);
        std::atomic_thread_fence(after_load);
        if (seen) check(data == 1, "the data");
      });
}

// The fence must stand between the data and the flag.
void fence_too_early(const Parameters&) {
  Data data = 0;
  std::atomic<bool> ready{false};
  side_by_side(
      [&] {
        std::atomic_thread_fence(memory_order_release);
        data = 1;
        ready.store(true, memory_order_relaxed);
      },
      [&] {
        if (ready.load(memory_order_acquire)) check(data == 1, "the data");
      });
}

void signal_fence(const Parameters&) {
  Data data = 0;
  std::atomic<bool> ready{false};
  side_by_side(
      [&] {
        data = 1;
        std::atomic_signal_fence(memory_order_release);
        ready.store(true, memory_order_relaxed);
      },
      [&] {
        if (ready.load(memory_order_acquire)) check(data == 1, "the data");
      });
}

// What another task adds in between belongs to the release sequence; what it stores ends it.
template <void pass_on(std::atomic<int>&)>
void release_sequence(const Parameters&) {
  Data data = 0;
  std::atomic<int> stage{0};
  std::thread first([&] {
    data = 1;
    stage.store(1, memory_order_release);
  });
  side_by_side(
      [&] {
        if (stage.load(memory_order_relaxed) == 1) pass_on(stage);
      },
      [&] {
        if (stage.load(memory_order_acquire) == 2) check(data == 1, "the data");
      });
  first.join();
}
void add(std::atomic<int>& stage) {
  stage.fetch_add(1, memory_order_relaxed);
}
void exchange(std::atomic<int>& stage) {
  stage.exchange(2, memory_order_relaxed);
}
void store(std::atomic<int>& stage) {
  stage.store(2, memory_order_relaxed);
}

// From one to the next: happens-before is transitive.
template <memory_order second_store>
void chain(const Parameters&) {
  Data data = 0;
  std::atomic<int> first{0};
  std::atomic<int> second{0};
  std::thread begin([&] {
    data = 1;
    first.store(1, memory_order_release);
  });
  side_by_side(
      [&] {
        if (first.load(memory_order_acquire) == 1) second.store(1, second_store);
      },
      [&] {
        if (second.load(memory_order_acquire) == 1) check(data == 1, "the data");
      });
  begin.join();
}

struct Node {
  int value = 0;
  Node* next = nullptr;
};

// A stack without locks: the pointer publishes the node.
template <memory_order push_order, memory_order look_order>
void compare_exchange(const Parameters&) {
  Node nodes[2];
  std::atomic<Node*> head{nullptr};
  const auto push = [&](Node& node) {
    node.value = 7;
    node.next = head.load(memory_order_relaxed);
    while (!head.compare_exchange_weak(node.next, &node, push_order, memory_order_relaxed)) {
    }
  };
  std::thread first([&] { push(nodes[0]); });
  side_by_side([&] { push(nodes[1]); },
               [&] {
                 for (Node* at = head.load(look_order); at != nullptr; at = at->next) {
                   check(at->value == 7, "a published node");
                 }
               });
  first.join();
}

// A failed compare_exchange is a load of its failure order.
template <memory_order failure>
void failed_exchange(const Parameters&) {
  Data data = 0;
  std::atomic<int> state{0};
  side_by_side(
      [&] {
        data = 1;
        state.store(1, memory_order_release);
      },
      [&] {
        int expected = 5;
        state.compare_exchange_strong(expected, 6, memory_order_acq_rel, failure);
        if (expected == 1) check(data == 1, "the data");
      });
}

void relaxed_counter(const Parameters&) {
  std::atomic<int> count{0};
  const auto work = [&] {
    count.fetch_add(1, memory_order_relaxed);
    count.fetch_add(1, memory_order_relaxed);
  };
  side_by_side(work, work);
  check(count.load(memory_order_relaxed) == 4, "no update is lost");
}

// Atomic steps, but two of them.
void load_then_store(const Parameters&) {
  std::atomic<int> count{0};
  const auto work = [&] { count.store(count.load() + 1); };
  side_by_side(work, work);
  check(count == 2, "count == 2, but it was " + std::to_string(count.load()));
}

// A spin lock whose unlock releases nothing.
template <memory_order unlock>
void own_lock(const Parameters&) {
  int balance = 0;
  std::atomic<bool> locked{false};
  const auto work = [&] {
    while (locked.exchange(true, memory_order_acquire)) std::this_thread::yield();
    balance = balance + 1;
    locked.store(false, unlock);
  };
  side_by_side(work, work);
}

// ---- Sizes --------------------------------------------------------------------------------------

template <typename T>
void size_of_atomic(const Parameters&) {
  std::atomic<T> value{static_cast<T>(1)};
  const auto work = [&] {
    T seen = value.load();
    while (!value.compare_exchange_weak(seen, static_cast<T>(seen * 3))) {
    }
  };
  side_by_side(work, work);
  check(value.load() == static_cast<T>(9), "no update is lost");
  check(value.exchange(static_cast<T>(5)) == static_cast<T>(9), "exchange");
  value.store(static_cast<T>(4));
  check(value.load() == static_cast<T>(4), "store");
  if constexpr (sizeof(T) <= 8) {
    check(value.fetch_add(3) == 4 && value.fetch_sub(1) == 7 && value.fetch_or(8) == 6 &&
              value.fetch_and(12) == 14 && value.fetch_xor(5) == 12 && value == 9,
          "arithmetic");
  }
}

void pointers_and_floats(const Parameters&) {
  int items[4] = {};
  std::atomic<int*> at{items};
  std::atomic<double> sum{0};
  const auto work = [&] {
    *at.fetch_add(1) = 1;
    sum.fetch_add(0.5);
  };
  side_by_side(work, work);
  check(at == items + 2 && items[0] == 1 && items[1] == 1 && sum == 1.0, "no update is lost");
}

// ---- Atomic beside plain ------------------------------------------------------------------------

void plain_beside_atomic(const Parameters&) {
  int value = 0;
  side_by_side([&] { std::atomic_ref<int>(value).store(1); }, [&] { value = 2; });
}

void all_by_reference(const Parameters&) {
  int value = 0;
  const auto work = [&] { std::atomic_ref<int>(value).fetch_add(1); };
  side_by_side(work, work);
  check(value == 2, "no update is lost");
}

// A part of an atomic, read plainly.
void half_of_atomic(const Parameters&) {
  std::atomic<uint64_t> value{0};
  side_by_side([&] { value.store(~uint64_t{0}); },
               [&] {
                 uint32_t half = 0;
                 memcpy(&half, reinterpret_cast<const char*>(&value) + 4, sizeof(half));
                 check(half == 0 || half == ~uint32_t{0}, "half");
               });
}

// ---- Parts of words -----------------------------------------------------------------------------

void bit_fields(const Parameters&) {
  struct {
    unsigned low : 4;
    unsigned high : 4;
  } flags = {};
  side_by_side([&] { flags.low = 1; }, [&] { flags.high = 1; });
}

void separated_bit_fields(const Parameters&) {
  struct {
    unsigned char low : 4;
    unsigned char : 0;
    unsigned char high : 4;
  } flags = {};
  side_by_side([&] { flags.low = 1; }, [&] { flags.high = 1; });
  check(flags.low == 1 && flags.high == 1, "both");
}

void bytes_of_a_word(const Parameters&) {
  alignas(8) char bytes[8] = {};
  side_by_side([&] { bytes[3] = 1; }, [&] { bytes[4] = 1; });
  check(bytes[3] == 1 && bytes[4] == 1, "both");
}

// Four bytes that reach into the next word.
struct __attribute__((packed)) Unaligned {
  char first[6];
  uint32_t crossing;
  char last[6];
};

void crossing_words(const Parameters&) {
  alignas(8) Unaligned parts = {};
  side_by_side([&] { parts.crossing = 1; },
               [&] { memset(reinterpret_cast<char*>(&parts) + 9, 1, 1); });
}

void beside_crossing(const Parameters&) {
  alignas(8) Unaligned parts = {};
  side_by_side([&] { parts.crossing = 1; },
               [&] {
                 parts.first[5] = 1;
                 parts.last[0] = 1;
               });
  check(parts.crossing == 1 && parts.first[5] == 1 && parts.last[0] == 1, "all");
}

// ---- Many bytes at once -------------------------------------------------------------------------

struct Large {
  char bytes[100];
};

template <bool locked>
void struct_copy(const Parameters&) {
  Large shared = {};
  std::mutex mutex;
  side_by_side(
      [&] {
        Large filled;
        memset(filled.bytes, 1, sizeof(filled.bytes));
        std::unique_lock<std::mutex> lock(mutex, std::defer_lock);
        if (locked) lock.lock();
        shared = filled;
      },
      [&] {
        std::unique_lock<std::mutex> lock(mutex, std::defer_lock);
        if (locked) lock.lock();
        const Large seen = shared;
        check(!locked || seen.bytes[0] == seen.bytes[99], "whole");
      });
}

enum class Bytes { copied, set, moved, compared, measured };

template <Bytes how, bool locked>
void many_bytes(const Parameters&) {
  char shared[64] = "text";
  std::mutex mutex;
  side_by_side(
      [&] {
        std::unique_lock<std::mutex> lock(mutex, std::defer_lock);
        if (locked) lock.lock();
        shared[3] = 'x';
      },
      [&] {
        char own[64] = "own";
        const volatile size_t all = sizeof(own);  // a constant would become plain accesses
        std::unique_lock<std::mutex> lock(mutex, std::defer_lock);
        if (locked) lock.lock();
        switch (how) {
          case Bytes::copied:
            memcpy(own, shared, all);
            break;
          case Bytes::set:
            memset(shared, 'y', all);
            break;
          case Bytes::moved:
            memmove(shared + 1, shared, all - 1);
            break;
          case Bytes::compared:
            check(memcmp(shared, own, 4) != 0, "differ");
            break;
          case Bytes::measured:
            check(strlen(shared) == 4, "four letters");
            break;
        }
      });
}

// Freed while another task may read it; twin: joined before.
template <bool joined>
void deleted(const Parameters&) {
  auto* value = new int(1);
  std::thread reader([value] { heddle::outcome(std::to_string(*value)); });
  if (joined) reader.join();
  delete value;
  if (!joined) reader.join();
}

// Neighbours do not meet.
void halves(const Parameters&) {
  char shared[63] = {};
  side_by_side([&] { memset(shared, 1, 31); }, [&] { memset(shared + 31, 2, 32); });
  check(shared[30] == 1 && shared[31] == 2 && shared[62] == 2, "both halves");
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("publication.relaxed_flag", "data-race", "orders nothing",
        publication<memory_order_relaxed, memory_order_relaxed>),
    ROW("publication.relaxed_store", "data-race", "an acquire alone orders nothing",
        publication<memory_order_relaxed, memory_order_acquire>),
    ROW("publication.relaxed_load", "data-race", "a release alone orders nothing",
        publication<memory_order_release, memory_order_relaxed>),
    ROW("publication.release_flag", "pass", "release and acquire",
        publication<memory_order_release, memory_order_acquire>),
    ROW("publication.consume", "pass", "compilers make it acquire",
        publication<memory_order_release, memory_order_consume>),
    ROW("publication.seq_cst", "pass", "the default",
        publication<memory_order_seq_cst, memory_order_seq_cst>),

    ROW("fences.both", "pass", "release fence, acquire fence",
        fences<memory_order_release, memory_order_acquire>),
    ROW("fences.seq_cst", "pass", "full fences",
        fences<memory_order_seq_cst, memory_order_seq_cst>),
    ROW("fences.acq_rel", "pass", "both directions",
        fences<memory_order_acq_rel, memory_order_acq_rel>),
    ROW("fences.acquire_only", "data-race", "the writer's fence is of the wrong kind",
        fences<memory_order_acquire, memory_order_acquire>),
    ROW("fences.release_only", "data-race", "the reader's fence is of the wrong kind",
        fences<memory_order_release, memory_order_release>),
    ROW("fences.too_early", "data-race", "before the data instead of behind", fence_too_early),
    ROW("fences.of_signals", "data-race", "no fence between threads", signal_fence),

    ROW("sequence.add", "pass", "a read-modify-write continues it", release_sequence<add>),
    ROW("sequence.exchange", "pass", "an exchange as well", release_sequence<exchange>),
    ROW("sequence.store", "data-race", "another task's store ends it", release_sequence<store>),
    ROW("chain.release", "pass", "from one to the next", chain<memory_order_release>),
    ROW("chain.relaxed", "data-race", "a link is missing", chain<memory_order_relaxed>),

    ROW("exchange.release", "pass", "the node is published",
        compare_exchange<memory_order_release, memory_order_acquire>),
    ROW("exchange.relaxed", "data-race", "it is not",
        compare_exchange<memory_order_relaxed, memory_order_acquire>),
    ROW("exchange.relaxed_look", "data-race", "nobody looks for it",
        compare_exchange<memory_order_release, memory_order_relaxed>),
    ROW("exchange.failed_acquire", "pass", "failing, it acquires too",
        failed_exchange<memory_order_acquire>),
    ROW("exchange.failed_relaxed", "data-race", "failing, it does not",
        failed_exchange<memory_order_relaxed>),

    ROW("counter.relaxed", "pass", "enough for counting", relaxed_counter),
    ROW("counter.two_steps", "check-failed", "atomic steps, two of them", load_then_store),
    ROW("lock.release", "pass", "unlock releases", own_lock<memory_order_release>),
    ROW("lock.relaxed", "data-race", "unlock does not", own_lock<memory_order_relaxed>),

    ROW("size.1", "pass", "1 byte", size_of_atomic<uint8_t>),
    ROW("size.2", "pass", "2 bytes", size_of_atomic<uint16_t>),
    ROW("size.4", "pass", "4 bytes", size_of_atomic<uint32_t>),
    ROW("size.8", "pass", "8 bytes", size_of_atomic<uint64_t>),
    ROW("size.16", "pass", "16 bytes", size_of_atomic<unsigned __int128>),
    ROW("size.others", "pass", "pointers and floating point", pointers_and_floats),

    ROW("mixed.plain_write", "data-race", "atomic here, plain there", plain_beside_atomic),
    ROW("mixed.references", "pass", "atomic everywhere", all_by_reference),
    ROW("mixed.half", "data-race", "a part of an atomic, read plainly", half_of_atomic),

    ROW("parts.bit_fields", "data-race", "one memory location", bit_fields),
    ROW("parts.separated_bit_fields", "pass", "two", separated_bit_fields),
    ROW("parts.bytes", "pass", "neighbours in a word", bytes_of_a_word),
    ROW("parts.crossing", "data-race", "a word that crosses a boundary", crossing_words),
    ROW("parts.beside_crossing", "pass", "its neighbours", beside_crossing),

    ROW("bytes.struct", "data-race", "copied as a whole", struct_copy<false>),
    ROW("bytes.struct_locked", "pass", "", struct_copy<true>),
    ROW("bytes.memcpy", "data-race", "read by memcpy", many_bytes<Bytes::copied, false>),
    ROW("bytes.memcpy_locked", "pass", "", many_bytes<Bytes::copied, true>),
    ROW("bytes.memset", "data-race", "written by memset", many_bytes<Bytes::set, false>),
    ROW("bytes.memset_locked", "pass", "", many_bytes<Bytes::set, true>),
    ROW("bytes.memmove", "data-race", "written by memmove", many_bytes<Bytes::moved, false>),
    ROW("bytes.memmove_locked", "pass", "", many_bytes<Bytes::moved, true>),
    ROW("bytes.memcmp", "data-race", "read by memcmp", many_bytes<Bytes::compared, false>),
    ROW("bytes.memcmp_locked", "pass", "", many_bytes<Bytes::compared, true>),
    ROW("bytes.strlen", "data-race", "read by strlen", many_bytes<Bytes::measured, false>),
    ROW("bytes.strlen_locked", "pass", "", many_bytes<Bytes::measured, true>),
    ROW("bytes.deleted", "use-after-free", "freed while it is read", deleted<false>),
    ROW("bytes.deleted_joined", "pass", "freed afterwards", deleted<true>),
    ROW("bytes.halves", "pass", "neighbours", halves),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
