// Memory whose lifetime is over: freed heap blocks, stacks of ended tasks; and how lock-free code
// reclaims its nodes rightly and wrongly.
#include <pthread.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;

template <typename First, typename Second>
void side_by_side(First first, Second second) {
  std::thread one(first);
  std::thread other(second);
  one.join();
  other.join();
}

// ---- One block ----------------------------------------------------------------------------------

void ordered_use(const Parameters&) {
  int* value = new int(1);
  std::thread([value] { delete value; }).join();
  check(*value != 12345, "used after the join");
}

// By the same task, in one epoch: nothing but the free tells the second use from the first.
void used_at_once(const Parameters&) {
  int* volatile kept = new int(1);
  int* value = kept;
  int sum = *value;
  delete value;
  sum += *kept;
  check(sum != 12345, "used");
}

void ordered_free(const Parameters&) {
  int* value = new int(1);
  std::thread([value] { *value = 2; }).join();
  check(*value == 2, "used before the free");
  delete value;
}

// A pointer that the compiler does not see through: it warns of the plain mistake.
char* freed_text() {
  char* text = static_cast<char*>(malloc(24));
  std::memcpy(text, "twelve bytes", 13);
  char* volatile kept = text;
  free(text);
  return kept;
}

void copy_of_freed(const Parameters&) {
  char copy[24];
  std::memcpy(copy, freed_text(), 13);
  check(copy[13] != 1 || copy[0] != 1, "read");
}

void length_of_freed(const Parameters&) {
  const char* text = freed_text();
  check(strlen(text) < 100, "some length");
}

// Far from its start, where free marks only what has been touched.
void far_in_a_large_block(const Parameters&) {
  std::vector<int> numbers(100'000, 1);
  const int* last = &numbers.back();
  std::vector<int>().swap(numbers);
  check(*last != 12345, "used");
}

void grown_vector(const Parameters&) {
  std::vector<int> numbers = {1, 2, 3};
  const int& first = numbers.front();
  numbers.resize(100);
  check(first != 12345, "used");
}

void grown_vector_by_index(const Parameters&) {
  std::vector<int> numbers = {1, 2, 3};
  numbers.resize(100);
  check(numbers.front() == 1, "used");
}

struct Counter {
  std::mutex mutex;
  std::atomic<int> atomic{0};
};

void freed_mutex(const Parameters&) {
  auto* counter = new Counter;
  std::thread([counter] { delete counter; }).join();
  counter->mutex.lock();
}

void freed_atomic(const Parameters&) {
  auto* counter = new Counter;
  std::thread([counter] { delete counter; }).join();
  counter->atomic.fetch_add(1);
}

void living_counter(const Parameters&) {
  auto* counter = new Counter;
  const auto work = [counter] {
    const std::lock_guard<std::mutex> guard(counter->mutex);
    counter->atomic.fetch_add(1);
  };
  side_by_side(work, work);
  check(counter->atomic == 2, "both");
  delete counter;
}

// The flag orders nothing, but it makes sure that the use comes first: a race, and no more.
void use_then_free(const Parameters&) {
  std::atomic<bool> done{false};
  int* value = new int(1);
  std::thread reader([&] {
    check(*value == 1, "whole");
    done.store(true, std::memory_order_relaxed);
  });
  while (!done.load(std::memory_order_relaxed)) std::this_thread::yield();
  delete value;
  reader.join();
}

// Whoever comes first takes it; or both do.
template <bool kExchange>
void two_owners(const Parameters&) {
  std::atomic<int*> shared{new int(1)};
  const auto drop = [&] {
    int* mine = kExchange ? shared.exchange(nullptr) : shared.load();
    if (!kExchange) shared.store(nullptr);
    delete mine;
  };
  side_by_side(drop, drop);
}

void address_reused(const Parameters&) {
  void* first = malloc(40);
  const auto address = reinterpret_cast<uintptr_t>(first);
  free(first);
  void* second = malloc(40);
  const bool same = reinterpret_cast<uintptr_t>(second) == address;
  free(second);
  check(!same, "malloc returned the address of the block freed last");
}

// ---- Stacks of ended tasks ----------------------------------------------------------------------

void joined_stack(const Parameters&) {
  std::atomic<int*> shared{nullptr};
  std::thread([&] {
    int local = 7;
    shared = &local;
  }).join();
  check(*shared.load() != 12345, "used after the join");
}

void living_stack(const Parameters&) {
  std::atomic<int*> shared{nullptr};
  std::atomic<bool> used{false};
  std::thread task([&] {
    int local = 7;
    shared = &local;
    while (!used) std::this_thread::yield();
  });
  while (shared.load() == nullptr) std::this_thread::yield();
  check(*shared.load() == 7, "used before its end");
  used = true;
  task.join();
}

// Between its two uses main does nothing but join: no release that would begin a new epoch.
void read_before_and_after(const Parameters&) {
  std::atomic<int*> shared{nullptr};
  std::atomic<bool> used{false};
  std::thread task([&] {
    int local = 7;
    shared = &local;
    while (!used.load(std::memory_order_relaxed)) std::this_thread::yield();
  });
  int* local = nullptr;
  while ((local = shared.load()) == nullptr) std::this_thread::yield();
  const int before = *local;
  used.store(true, std::memory_order_relaxed);
  task.join();
  check(before + *local != 12345, "used");
}

void mutex_on_joined_stack(const Parameters&) {
  std::atomic<std::mutex*> shared{nullptr};
  std::thread([&] {
    std::mutex local;
    shared = &local;
  }).join();
  shared.load()->lock();
}

thread_local int own = 1;

void thread_local_of_joined(const Parameters&) {
  int* theirs = nullptr;
  std::thread([&] {
    own = 2;
    theirs = &own;
  }).join();
  check(*theirs != 12345, "used");
}

// ---- Stacks without locks (Treiber 1986) --------------------------------------------------------

struct Node {
  explicit Node(int number) : value(number) {}
  int value;
  std::atomic<Node*> next{nullptr};
};

class NodeStack {
 public:
  NodeStack() {
    for (int i = 0; i < 3; ++i) push(new Node(i));
  }
  ~NodeStack() {
    while (Node* node = head_.load()) {
      head_ = node->next.load();
      delete node;
    }
  }
  void push(Node* node) {
    Node* head = head_.load();
    do {
      node->next = head;
    } while (!head_.compare_exchange_weak(head, node));
  }
  // Reads `next` of a node that another task may have taken, and freed, in the meantime.
  Node* pop_carelessly() {
    Node* head = head_.load();
    while (head != nullptr && !head_.compare_exchange_weak(head, head->next.load())) {
    }
    return head;
  }
  // `hazard` tells everybody which node must not be freed now (Michael 2004).
  Node* pop(std::atomic<Node*>& hazard) {
    for (;;) {
      Node* head = head_.load();
      hazard = head;
      if (head == nullptr) return nullptr;
      if (head_.load() != head) continue;
      Node* next = head->next.load();
      if (!head_.compare_exchange_strong(head, next)) continue;
      hazard = nullptr;
      return head;
    }
  }

 private:
  std::atomic<Node*> head_{nullptr};
};

void treiber_unprotected(const Parameters&) {
  NodeStack stack;
  const auto work = [&] { delete stack.pop_carelessly(); };
  side_by_side(work, work);
}

void hazard_pointers(const Parameters&) {
  NodeStack stack;
  std::array<std::atomic<Node*>, 2> hazards = {};
  const auto work = [&](size_t self) {
    std::vector<Node*> retired;
    for (int i = 0; i < 2; ++i) {
      Node* node = stack.pop(hazards[self]);
      if (node != nullptr) retired.push_back(node);
    }
    for (Node* node : retired) {
      while (hazards[1 - self].load() == node) std::this_thread::yield();
      delete node;
    }
    stack.push(new Node(9));
  };
  side_by_side([&] { work(0); }, [&] { work(1); });
}

// Frees what it has replaced when every reader that may have seen it has left.
void epochs(const Parameters&) {
  std::atomic<uint64_t> epoch{1};
  std::array<std::atomic<uint64_t>, 2> active = {};
  std::atomic<int*> shared{new int(1)};
  const auto reader = [&](size_t self) {
    for (int i = 0; i < 2; ++i) {
      active[self] = epoch.load();
      check(*shared.load() > 0, "a value that was put there");
      active[self] = 0;
    }
  };
  std::thread first(reader, 0);
  std::thread second(reader, 1);
  for (int i = 2; i < 4; ++i) {
    const int* old = shared.exchange(new int(i));
    const uint64_t now = epoch.fetch_add(1) + 1;
    for (const std::atomic<uint64_t>& seen : active) {
      for (uint64_t at = seen.load(); at != 0 && at < now; at = seen.load()) {
        std::this_thread::yield();
      }
    }
    delete old;
  }
  first.join();
  second.join();
  delete shared.load();
}

// The same, but the writer looks at one of the readers only.
void epochs_of_one(const Parameters&) {
  std::array<std::atomic<bool>, 2> active = {};
  std::atomic<int*> shared{new int(1)};
  const auto reader = [&](size_t self) {
    active[self] = true;
    const int* seen = shared.load();
    active[self].load();
    check(*seen != 12345, "read");
    active[self] = false;
  };
  std::thread first(reader, 0);
  std::thread second(reader, 1);
  const int* old = shared.exchange(new int(2));
  while (active[0]) std::this_thread::yield();
  delete old;
  first.join();
  second.join();
  delete shared.load();
}

void shared_pointers(const Parameters&) {
  auto shared = std::make_shared<std::string>("a string too long for the small buffer");
  std::weak_ptr<std::string> weak = shared;
  const auto work = [weak](std::shared_ptr<std::string> own) {
    const std::shared_ptr<std::string> copy = own;
    own.reset();
    check(copy->size() == 38, "alive");
    const std::shared_ptr<std::string> locked = weak.lock();
    check(locked != nullptr && locked->size() == 38, "alive");
  };
  std::thread first(work, shared);
  std::thread second(work, shared);
  shared.reset();
  if (const std::shared_ptr<std::string> locked = weak.lock()) check(!locked->empty(), "alive");
  first.join();
  second.join();
  check(weak.expired(), "the last owner has freed it");
}

// ---- Nodes that the program itself recycles: ABA ------------------------------------------------

struct Cell {
  std::atomic<uint32_t> next{0};
  std::atomic<bool> owned{false};
};

// Index of the first cell from 1, 0: none; with kTags a count of changes above it.
template <bool kTags>
class CellStack {
 public:
  CellStack() {
    for (uint32_t i = 4; i > 0; --i) push(i);
  }
  void push(uint32_t cell) {
    cells_[cell].owned = false;
    uint64_t head = head_.load();
    do {
      cells_[cell].next = static_cast<uint32_t>(head);
    } while (!head_.compare_exchange_weak(head, changed(head, cell)));
  }
  uint32_t pop() {
    uint64_t head = head_.load();
    for (;;) {
      const auto cell = static_cast<uint32_t>(head);
      if (cell == 0) return 0;
      const uint32_t next = cells_[cell].next.load();
      if (!head_.compare_exchange_weak(head, changed(head, next))) continue;
      check(!cells_[cell].owned.exchange(true), "a cell has one owner");
      return cell;
    }
  }

 private:
  static uint64_t changed(uint64_t head, uint32_t cell) {
    return kTags ? ((head >> 32) + 1) << 32 | cell : cell;
  }
  Cell cells_[5];
  std::atomic<uint64_t> head_{0};
};

template <bool kTags>
void recycled(const Parameters&) {
  CellStack<kTags> stack;
  side_by_side(
      [&] {
        for (int i = 0; i < 3; ++i) {
          if (const uint32_t cell = stack.pop()) stack.push(cell);
        }
      },
      [&] {
        const uint32_t first = stack.pop();
        stack.pop();  // and keeps it
        if (first != 0) stack.push(first);
      });
  while (stack.pop() != 0) {
  }
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("block.ordered_use", "use-after-free", "freed, joined, used", ordered_use),
    ROW("block.at_once", "use-after-free", "freed and used by one task", used_at_once),
    ROW("block.ordered_free", "pass", "used, joined, freed", ordered_free),
    ROW("block.copy", "use-after-free", "by memcpy", copy_of_freed),
    ROW("block.length", "use-after-free", "by strlen", length_of_freed),
    ROW("block.large", "use-after-free", "far from its start", far_in_a_large_block),
    ROW("block.grown_vector", "use-after-free", "a reference into it", grown_vector),
    ROW("block.grown_vector_by_index", "pass", "asked again", grown_vector_by_index),
    ROW("block.mutex", "use-after-free", "a lock in it", freed_mutex),
    ROW("block.atomic", "use-after-free", "an atomic in it", freed_atomic),
    ROW("block.living", "pass", "freed after both have ended", living_counter),
    ROW("block.use_then_free", "data-race", "in that order, by chance", use_then_free),
    ROW("block.freed_by_both", "double-free", "load, then free", two_owners<false>),
    ROW("block.freed_by_one", "pass", "exchange, then free", two_owners<true>),
    ROW("block.address_reused", "check-failed", "malloc may reuse at once", address_reused),
    ROW("stack.joined", "use-after-free", "a local variable of an ended task", joined_stack),
    ROW("stack.living", "pass", "a local variable of a task that waits", living_stack),
    ROW("stack.outlived", "use-after-free", "found alive, used dead", read_before_and_after),
    ROW("stack.mutex", "use-after-free", "a lock there", mutex_on_joined_stack),
    ROW("stack.thread_local", "use-after-free", "a thread_local", thread_local_of_joined),
    ROW("lockfree.unprotected", "use-after-free, data-race", "Treiber's stack and delete",
        treiber_unprotected),
    ROW("lockfree.hazard_pointers", "pass", "Treiber's stack", hazard_pointers),
    ROW("lockfree.epochs", "pass", "the writer waits for readers", epochs),
    ROW("lockfree.epochs_of_one", "use-after-free, data-race", "… for one of them", epochs_of_one),
    ROW("lockfree.shared_pointers", "pass", "the last owner frees", shared_pointers),
    ROW("aba.recycled", "check-failed", "cells come back", recycled<false>),
    ROW("aba.tagged", "pass", "a count of changes", recycled<true>),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
