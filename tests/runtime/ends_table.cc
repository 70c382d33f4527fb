// Bodies that end badly: each end is a finding of its kind, and the process goes on exploring
// (ends_test.py looks at reports and replays).
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::Parameters;

// Seen by the last scenario: nothing of this may be left from the others.
int ends_so_far = 0;

template <void end()>
void in_body(const Parameters&) {
  ++ends_so_far;
  end();
}

template <void end()>
void in_task(const Parameters&) {
  ++ends_so_far;
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) std::this_thread::yield();
  });
  std::thread task(end);
  task.join();
  stop = true;
  other.join();
}

void throw_exception() {
  throw std::runtime_error("nobody catches this");
}
void throw_number() {
  throw 42;
}
void throw_in_noexcept() {
  []() noexcept { throw_exception(); }();
}
void throw_in_destructor() {
  struct Thrower {
    ~Thrower() noexcept(false) { throw std::logic_error("on the way"); }
  };
  try {
    const Thrower thrower;
    throw_exception();
  } catch (...) {
  }
}
void rethrow_nothing() {
  throw;
}
void terminate() {
  std::terminate();
}
void terminate_handled() {
  std::set_terminate([] { abort(); });
  throw_exception();
}
void joinable_destroyed() {
  std::thread forgotten([] {});
}
void call_abort() {
  abort();
}
void raise_abort() {
  raise(SIGABRT);
}
void failed_assertion() {
  assert(ends_so_far == 12345);
}
void call_exit() {
  exit(3);
}
void call_quick_exit() {
  quick_exit(4);
}
void call__exit() {
  _exit(5);
}

volatile int* volatile nowhere = nullptr;
volatile int zero = 0;

void read_null() {
  static_cast<void>(*nowhere);
}
void write_null() {
  *nowhere = 1;
}
void write_constant() {
  const char* constant = "constant";
  *const_cast<volatile char*>(constant) = 'x';
}
void call_null() {
  void (*volatile function)() = nullptr;
  function();
}
void divide() {
  zero = ends_so_far / zero;
}
void trap() {
  __builtin_trap();
}

// More than any stack, a little at a time.
int deeper(int depth) {
  volatile char frame[256];
  frame[depth % 256] = static_cast<char>(depth);
  if (depth == 1 << 30) return 0;
  return deeper(depth + 1) + frame[depth % 256];
}
void overflow_stack() {
  zero = deeper(0);
}

void free_twice() {
  auto* block = static_cast<char*>(malloc(24));
  char* volatile again = block;
  free(block);
  free(again);
}
void delete_twice() {
  int* block = new int(1);
  int* volatile again = block;
  delete block;
  delete again;
}
void free_inside() {
  auto* block = static_cast<char*>(malloc(24));
  char* volatile inside = block + 8;
  free(inside);
}
void free_local() {
  char local[64];
  void* volatile pointer = local + 16;
  free(pointer);
}

void leak(const Parameters&) {
  std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
}
void check_in_task(const Parameters&) {
  std::thread([] { heddle::check(ends_so_far == 1, "ends_so_far == 1"); }).join();
}

// With a lock held, an exception on its way and blocks allocated: the next execution is as the
// first one.
thread_local std::string own = "own";
std::mutex held;

void mess(const Parameters&) {
  heddle::check(ends_so_far == 0 && own == "own" && std::uncaught_exceptions() == 0 &&
                    std::current_exception() == nullptr && held.try_lock(),
                "left from an earlier execution");
  held.unlock();
  ++ends_so_far;
  own = "a string that is too long for the small buffer";
  std::thread([] {
    const std::lock_guard<std::mutex> guard(held);
    own += "x";
    std::vector<std::string> list(100, own);
    struct Unwinding {
      ~Unwinding() { abort(); }
    };
    try {
      throw 1;
    } catch (int) {
      try {
        const Unwinding unwinding;
        throw 2;
      } catch (int) {
      }
    }
  }).join();
}

}  // namespace

namespace heddle {

#define BOTH(name, expectation, end)                           \
  ROW("body." name, expectation, "in the body", in_body<end>), \
      ROW("task." name, expectation, "in a task", in_task<end>)

const Scenario kScenarios[] = {
    BOTH("exception", "uncaught-exception", throw_exception),
    BOTH("number", "uncaught-exception", throw_number),
    BOTH("noexcept", "uncaught-exception", throw_in_noexcept),
    BOTH("destructor", "uncaught-exception", throw_in_destructor),
    BOTH("rethrow", "crash", rethrow_nothing),
    BOTH("terminate", "crash", terminate),
    BOTH("terminate_handled", "crash", terminate_handled),
    BOTH("joinable", "crash", joinable_destroyed),
    BOTH("abort", "crash", call_abort),
    BOTH("raise", "crash", raise_abort),
    BOTH("assert", "crash", failed_assertion),
    BOTH("exit", "exit", call_exit),
    BOTH("quick_exit", "exit", call_quick_exit),
    BOTH("_exit", "exit", call__exit),
    BOTH("read_null", "crash", read_null),
    BOTH("write_null", "crash", write_null),
    BOTH("write_constant", "crash", write_constant),
    BOTH("call_null", "crash", call_null),
    BOTH("divide", "crash", divide),
    BOTH("trap", "crash", trap),
    BOTH("overflow", "crash", overflow_stack),
    BOTH("free_twice", "double-free", free_twice),
    BOTH("delete_twice", "double-free", delete_twice),
    BOTH("free_inside", "crash", free_inside),
    BOTH("free_local", "crash", free_local),
    ROW("others.leak", "leaked-task", "ends before its task", leak),
    ROW("others.check", "check-failed", "in a task", check_in_task),
    ROW("others.mess", "crash", "the next one starts clean", mess),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
