// std::atomic of std::shared_ptr and std::weak_ptr: the pointer is safe to share, what it points to
// is not.
#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;

// A reader works on what it has loaded; a writer replaces it, or changes it under the reader.
template <bool replaces>
void atomic_pointer(const Parameters&) {
  std::atomic<std::shared_ptr<std::string>> current{std::make_shared<std::string>("old")};
  const auto read = [&] {
    for (int i = 0; i < 2; ++i) check(current.load()->size() == 3, "three letters");
  };
  std::thread one(read), other(read);
  if (replaces) {
    current.store(std::make_shared<std::string>("new"));
  } else {
    *current.load() = "new";
  }
  one.join();
  other.join();
}

// Publishing by exchange and compare_exchange.
template <bool copies>
void atomic_counter(const Parameters&) {
  std::atomic<std::shared_ptr<int>> current{std::make_shared<int>(0)};
  const auto work = [&] {
    std::shared_ptr<int> seen = current.load(std::memory_order_relaxed);
    if (copies) {
      while (!current.compare_exchange_weak(seen, std::make_shared<int>(*seen + 1))) {
      }
    } else {
      ++*seen;
      current.exchange(seen);
    }
  };
  std::thread one(work), other(work);
  one.join();
  other.join();
  check(!copies || *current.load() == 2, "both have counted");
}

template <bool tells>
void atomic_pointer_wait(const Parameters&) {
  std::atomic<std::shared_ptr<int>> current;
  std::thread waiter([&] {
    current.wait(nullptr);
    check(*current.load() == 5, "the value");
  });
  current.store(std::make_shared<int>(5));
  if (tells) current.notify_one();
  waiter.join();
}

void atomic_weak(const Parameters&) {
  const auto owner = std::make_shared<int>(5);
  std::atomic<std::weak_ptr<int>> current;
  std::thread reader([&] {
    if (const auto seen = current.load().lock()) check(*seen == 5, "the value");
  });
  current.store(owner);
  reader.join();
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("pointer.replaced", "pass", "a new object", atomic_pointer<true>),
    ROW("pointer.changed", "data-race", "the object that others read", atomic_pointer<false>),
    ROW("pointer.copied", "pass", "compare_exchange with a copy", atomic_counter<true>),
    ROW("pointer.counted", "data-race", "counts in place", atomic_counter<false>),
    ROW("pointer.waited", "pass", "wait and notify", atomic_pointer_wait<true>),
    ROW("pointer.untold", "lost-wakeup", "no notify", atomic_pointer_wait<false>),
    ROW("pointer.weak", "pass", "atomic<weak_ptr>", atomic_weak),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
