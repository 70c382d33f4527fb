// Programs whose course depends on addresses, and the smallest race (determinism_test.py compares
// what many processes say of them).
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "heddle/heddle.h"
#include "heddle/scenario.h"

namespace {

using heddle::Parameters;

int value = 0;

void race(const Parameters&) {
  std::thread up([] { ++value; });
  std::thread down([] { --value; });
  up.join();
  down.join();
}

std::atomic<uint32_t> order{0};
int first_global = 0;
int second_global = 0;

// Each task operates on its objects in the order in which a hash of their addresses puts them.
void by_hash() {
  std::vector<std::unique_ptr<std::string>> blocks;
  std::unordered_set<void*> all = {&first_global, &second_global};
  for (int i = 0; i < 20; ++i) {
    blocks.push_back(std::make_unique<std::string>(static_cast<size_t>(10 * i), 'x'));
    all.insert(blocks.back().get());
    all.insert(blocks.back()->data());
  }
  int local = 0;
  all.insert(&local);
  uint32_t digest = 0;
  for (void* object : all) {
    const auto hash = static_cast<uint32_t>(std::hash<void*>()(object) >> 3);
    digest = digest * 31 + hash;
    if (hash % 3 == 0) std::this_thread::yield();
    order.store(order.load() * 31 + digest);
  }
}

void set(const Parameters&) {
  std::thread one(by_hash);
  std::thread other(by_hash);
  by_hash();
  one.join();
  other.join();
  heddle::outcome(std::to_string(order.load()));
  heddle::check(order % 4 != 0, "order " + std::to_string(order.load()));
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    {"trivial.race", "data-race", "one up, one down", {}, {}, race, {}},
    {"pointers.set", "check-failed", "a hash of addresses orders", {}, {}, set, {}},
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
