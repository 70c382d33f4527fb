// What is kept of earlier accesses to the same memory, beside the last one.
#include <atomic>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::Parameters;

// Whoever reads last is the one that the writer has not waited for.
template <bool Joined>
void two_readers(const Parameters&) {
  int value = 1;
  std::atomic<int> readers{0};
  const auto read = [&](int turn) {
    while (readers.load(std::memory_order_relaxed) != turn) std::this_thread::yield();
    heddle::check(value > 0, "somebody wrote it");
    readers.store(turn + 1, std::memory_order_relaxed);
  };
  std::thread first(read, 0);
  std::thread second(read, 1);
  first.join();
  if (Joined) second.join();
  while (readers.load(std::memory_order_relaxed) != 2) std::this_thread::yield();
  value = 2;
  if (!Joined) second.join();
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("readers.joined", "pass", "a writer waits for both", two_readers<true>),
    ROW("readers.second", "data-race", "it waits for the first", two_readers<false>),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
