// Instrumented programs for engine_bench_main.cc. They use no thread-local variable, so that the
// switches may leave the FS base alone.
#include <pthread.h>

#include "bank/bank.h"
#include "change_it/change_it.h"
#include "heddle/scenario.h"
#include "litmus/counted.h"

extern "C" void __tsan_write4(void* where);

namespace {

using heddle::Parameters;

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
int balance = 0;

// The number of rounds comes by value, so that the mutex is all that the tasks share.
void* lock_in_turn(void* rounds) {
  for (uintptr_t i = reinterpret_cast<uintptr_t>(rounds); i > 0; --i) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  }
  return nullptr;
}

void* deposit(void*) {
  pthread_mutex_lock(&mutex);
  balance = balance + 1;
  pthread_mutex_unlock(&mutex);
  return nullptr;
}

void* increments(void* rounds) {
  for (uintptr_t i = reinterpret_cast<uintptr_t>(rounds); i > 0; --i) deposit(nullptr);
  return nullptr;
}

int flag = 0;

void* raise_flag(void* rounds) {
  for (uintptr_t i = reinterpret_cast<uintptr_t>(rounds); i > 0; --i) {
    __atomic_fetch_add(&flag, 1, __ATOMIC_SEQ_CST);
  }
  return nullptr;
}

constexpr uint32_t kMostThreads = 1000;

void run(uint32_t count, void* (*entry)(void*), uintptr_t argument) {
  pthread_t threads[kMostThreads];
  for (uint32_t i = 0; i < count; ++i) {
    pthread_create(&threads[i], nullptr, entry, reinterpret_cast<void*>(argument));
  }
  for (uint32_t i = 0; i < count; ++i) pthread_join(threads[i], nullptr);
}

void steps(const Parameters& parameters) {
  run(parameters.threads, lock_in_turn, parameters.rounds / parameters.threads);
}

void deposits(const Parameters& parameters) {
  run(parameters.threads, deposit, 0);
}

void increments_in_turn(const Parameters& parameters) {
  run(parameters.threads, increments, parameters.rounds);
}

// Two of one thread, one of the other.
void three_operations(const Parameters&) {
  pthread_t threads[2];
  for (uintptr_t i = 0; i < 2; ++i) {
    pthread_create(&threads[i], nullptr, raise_flag, reinterpret_cast<void*>(2 - i));
  }
  for (const pthread_t thread : threads) pthread_join(thread, nullptr);
}

void bank_unlocked(const Parameters& parameters) {
  bank::unlocked(static_cast<int>(parameters.threads));
}

void change_it_unlocked(const Parameters& parameters) {
  change_it::unlocked(static_cast<int>(parameters.rounds));
}

// The callbacks themselves, without the loads and stores around them.
__attribute__((no_sanitize("thread"))) void write_16(int* first, int stride) {
  for (int i = 0; i < 16; ++i) __tsan_write4(first + i * stride);
}

__attribute__((no_sanitize("thread"))) void same_epoch(const Parameters& parameters) {
  static int variable = 0;
  for (uint32_t i = 0; i < parameters.rounds / 16; ++i) write_16(&variable, 0);
}

// After each unlock the task is in another epoch, so that every first access to a granule is looked
// at in full. 256 of them for one lock and unlock: these hardly count.
__attribute__((no_sanitize("thread"))) void new_epoch(const Parameters& parameters) {
  constexpr uint32_t kGranules = 256;
  static int variables[kGranules * 2];
  for (uint32_t i = 0; i < parameters.rounds / kGranules; ++i) {
    for (uint32_t at = 0; at < kGranules * 2; at += 32) write_16(variables + at, 2);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  }
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    {"steps", "pass", "tasks lock and unlock a mutex in turn", {}, {}, steps, nullptr},
    {"deposits", "pass", "each task deposits once under a mutex", {}, {}, deposits, nullptr},
    {"increments", "pass", "under a mutex", {}, {}, increments_in_turn, nullptr},
    {"three_operations", "pass", "of two threads", {}, {}, three_operations, nullptr},
    {"bank", "", "the scenario", {}, {}, bank_unlocked, nullptr},
    {"change_it", "", "the scenario", {}, {}, change_it_unlocked, nullptr},
    {"same_epoch", "pass", "accesses that are settled", {}, {}, same_epoch, nullptr},
    {"new_epoch", "pass", "accesses that are not", {}, {}, new_epoch, nullptr},
    {"fib_bench", "", "all its executions", {}, {}, counted::fib_bench, nullptr},
    {"readers", "", "all its executions", {}, {}, counted::readers, nullptr},
    {"indexer", "", "all its executions", {}, {}, counted::indexer, nullptr},
    {"lastzero", "", "all its executions", {}, {}, counted::lastzero, nullptr},
    {},
};

}  // namespace heddle
