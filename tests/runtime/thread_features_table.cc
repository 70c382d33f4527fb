// Tasks look like threads to the program: thread-locals, errno, keys, exceptions and identities are
// each task's own, whoever runs in between.
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <exception>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"
#include "heddle/scenario.h"

namespace {

using heddle::check;
using heddle::Parameters;

// Somebody else may run here.
void others() {
  std::this_thread::yield();
}

template <typename Work>
void in_tasks(int count, Work work) {
  std::vector<std::thread> tasks;
  for (int i = 0; i < count; ++i) tasks.emplace_back(work, i);
  for (std::thread& task : tasks) task.join();
}

// ---- What each task has of its own --------------------------------------------------------------

std::atomic<int> made{0};
std::atomic<int> unmade{0};
struct Counted {
  Counted() { ++made; }
  ~Counted() {
    others();
    ++unmade;
  }
  int value = 7;
};
thread_local Counted counted;
thread_local int plain = 5;

void thread_locals(const Parameters&) {
  in_tasks(3, [](int i) {
    check(plain == 5 && counted.value == 7, "fresh in each task");
    plain = 100 + i;
    counted.value = i;
    others();
    check(plain == 100 + i && counted.value == i, "each task has its own");
  });
  check(made == 3, "constructed == 3, but it was " + std::to_string(made));
  check(unmade == 3, "destroyed == 3, but it was " + std::to_string(unmade));
}

std::string destroyed;
struct Letter {
  explicit Letter(char is) : letter(is) {}
  ~Letter() { destroyed += letter; }
  char letter;
};

void destructor_order(const Parameters&) {
  std::thread([] {
    thread_local Letter a('a');
    others();
    thread_local Letter b('b');
    // Made by a destructor: it is destroyed as well.
    struct Late {
      ~Late() {
        thread_local Letter c('c');
        destroyed += 'l';
      }
    };
    thread_local Late late;
    static_cast<void>(&late);
  }).join();
  check(destroyed == "lcba", "destroyed in the order lcba, but it was " + destroyed);
}

void body_thread_locals(const Parameters&) {
  check(plain == 5 && counted.value == 7, "the body's thread-locals are as before");
  plain = counted.value = 1;
}

void own_errno(const Parameters&) {
  in_tasks(3, [](int i) {
    errno = i + 1;
    others();
    check(errno == i + 1, "errno is the task's own");
    check(close(-1) == -1 && errno == EBADF, "calls set it");
    others();
    check(errno == EBADF, "and it stays");
  });
}

pthread_key_t key;
std::atomic<int> key_rounds{0};

// Sets the value again until it has counted down to 1.
void count_down(void* value) {
  ++key_rounds;
  others();
  const auto left = reinterpret_cast<intptr_t>(value) - 1;
  if (left > 0) pthread_setspecific(key, reinterpret_cast<void*>(left));
}

void keys(const Parameters&) {
  check(pthread_key_create(&key, count_down) == 0, "pthread_key_create");
  in_tasks(2, [](int i) {
    check(pthread_getspecific(key) == nullptr, "no value at first");
    const auto value = reinterpret_cast<void*>(static_cast<intptr_t>(i + 2));
    check(pthread_setspecific(key, value) == 0, "pthread_setspecific");
    others();
    check(pthread_getspecific(key) == value, "each task has its own value");
  });
  check(key_rounds == 2 + 3,
        "rounds of destructors == 5, but it was " + std::to_string(key_rounds));
  key_rounds = 0;
  std::thread([] { pthread_setspecific(key, reinterpret_cast<void*>(1000)); }).join();
  check(key_rounds == PTHREAD_DESTRUCTOR_ITERATIONS, "the rounds end");
  std::thread([] { pthread_setspecific(key, reinterpret_cast<void*>(1)); }).join();
  check(pthread_key_delete(key) == 0, "pthread_key_delete");
  check(pthread_setspecific(key, &key) == EINVAL, "no such key any more");
}

// ---- Exceptions ---------------------------------------------------------------------------------

struct Unwinding {
  ~Unwinding() {
    others();
    check(std::uncaught_exceptions() == 1, "one exception is on its way");
  }
};

void exceptions(const Parameters&) {
  in_tasks(3, [](int i) {
    const std::string text = "x" + std::to_string(i);
    try {
      others();
      throw std::runtime_error(text);
    } catch (const std::exception& exception) {
      others();
      check(exception.what() == text, "its own exception");
      try {
        throw i;
      } catch (int inner) {
        others();
        check(inner == i, "nested");
      }
      others();
      check(std::uncaught_exceptions() == 0, "all are caught");
      try {
        throw;
      } catch (const std::runtime_error& again) {
        check(again.what() == text, "rethrown");
      }
    }
    try {
      const Unwinding unwinding;
      throw 1;
    } catch (...) {
    }
    check(std::uncaught_exceptions() == 0 && !std::current_exception(), "none left");
  });
}

void nested_exceptions(const Parameters&) {
  in_tasks(2, [](int i) {
    try {
      try {
        throw std::logic_error(std::to_string(i));
      } catch (...) {
        others();
        std::throw_with_nested(std::runtime_error("outer"));
      }
    } catch (const std::runtime_error& outer) {
      try {
        others();
        std::rethrow_if_nested(outer);
        check(false, "nothing was nested");
      } catch (const std::logic_error& inner) {
        check(inner.what() == std::to_string(i), "its own inner exception");
      }
    }
  });
}

void exception_pointers(const Parameters&) {
  std::exception_ptr caught[2];
  in_tasks(2, [&](int i) {
    try {
      throw std::logic_error(std::to_string(i));
    } catch (...) {
      caught[i] = std::current_exception();
      others();
    }
  });
  for (int i = 0; i < 2; ++i) {
    try {
      std::rethrow_exception(caught[i]);
    } catch (const std::logic_error& error) {
      check(error.what() == std::to_string(i), "another task's exception");
    }
  }
}

// ---- Lives of threads ---------------------------------------------------------------------------

std::atomic<int> unwound{0};
struct Unwound {
  ~Unwound() { ++unwound; }
};

void leave() {
  const Unwound innermost;
  pthread_exit(reinterpret_cast<void*>(77));
}

void leave_deeply() {
  const Unwound outer;
  const Unwound inner;
  leave();
}

void* exiting_thread(void*) {
  try {
    leave_deeply();
  } catch (const std::exception&) {
    check(false, "it is no exception of the program");
  } catch (...) {
    throw;  // as the unwinder demands
  }
  return nullptr;
}

void exiting(const Parameters&) {
  pthread_t thread;
  void* result = nullptr;
  check(pthread_create(&thread, nullptr, exiting_thread, nullptr) == 0, "pthread_create");
  check(pthread_join(thread, &result) == 0, "pthread_join");
  check(result == reinterpret_cast<void*>(77), "the value given to pthread_exit");
  check(unwound == 3, "destructors run == 3, but it was " + std::to_string(unwound));
  std::thread([] {
    counted.value = 1;
    leave();
  }).join();
  check(unwound == 4 && unmade == 1, "out of a std::thread, with its thread-locals");
}

void identities(const Parameters&) {
  std::thread::id ids[3];
  pthread_t selves[3];
  pid_t tids[3];
  in_tasks(3, [&](int i) {
    ids[i] = std::this_thread::get_id();
    selves[i] = pthread_self();
    tids[i] = gettid();
    others();
    check(ids[i] == std::this_thread::get_id() && tids[i] == gettid() &&
              pthread_equal(selves[i], pthread_self()) != 0,
          "a task stays who it is");
  });
  check(std::set<std::thread::id>(ids, ids + 3).size() == 3, "get_id tells tasks apart");
  check(std::set<pid_t>(tids, tids + 3).size() == 3, "gettid tells tasks apart");
  for (int i = 0; i < 3; ++i) check(ids[i] != std::this_thread::get_id(), "the body is another");
}

void names(const Parameters&) {
  in_tasks(2, [](int i) {
    const std::string name = "worker-" + std::to_string(i);
    check(pthread_setname_np(pthread_self(), name.c_str()) == 0, "pthread_setname_np");
    others();
    char seen[32] = {};
    check(pthread_getname_np(pthread_self(), seen, sizeof(seen)) == 0 && name == seen,
          "pthread_getname_np");
    check(pthread_setname_np(pthread_self(), "longer than fifteen letters") == ERANGE, "too long");
  });
}

void own_stack(const Parameters&) {
  in_tasks(2, [](int) {
    pthread_attr_t attributes;
    check(pthread_getattr_np(pthread_self(), &attributes) == 0, "pthread_getattr_np");
    void* low = nullptr;
    size_t size = 0;
    check(pthread_attr_getstack(&attributes, &low, &size) == 0, "pthread_attr_getstack");
    char here = 0;
    char* stack = static_cast<char*>(low);
    check(&here >= stack && &here < stack + size, "locals lie on the task's stack");
    char large[32 << 10];
    memset(large, 1, sizeof(large));
    others();
    check(large[0] == 1 && large[sizeof(large) - 1] == 1, "which is large enough");
    pthread_attr_destroy(&attributes);
  });
}

void* next_letter(void* letter) {
  return static_cast<char*>(letter) + 1;
}

void join_results(const Parameters&) {
  pthread_t thread;
  char letters[2] = {};
  pthread_create(&thread, nullptr, next_letter, letters);
  void* result = nullptr;
  check(pthread_join(thread, &result) == 0, "pthread_join");
  check(result == letters + 1, "the value it returned");
}

// 10 s of virtual time are more than the thread can be held back for.
void detached_in_time(const Parameters&) {
  std::thread([] { ++made; }).detach();
  std::this_thread::sleep_for(std::chrono::seconds(10));
  check(made == 1, "it has ended");
}

void detached_too_late(const Parameters&) {
  std::thread([] { ++made; }).detach();
}

void* nothing(void*) {
  return nullptr;
}

void created_detached(const Parameters&) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  check(pthread_create(&thread, &attributes, nothing, nullptr) == 0, "pthread_create");
  std::this_thread::sleep_for(std::chrono::seconds(10));
}

// Each has two children of its own.
int family(int depth) {
  if (depth == 0) return 1;
  int below[2] = {};
  std::thread first([&] { below[0] = family(depth - 1); });
  std::thread second([&] { below[1] = family(depth - 1); });
  first.join();
  second.join();
  return 1 + below[0] + below[1];
}

void families(const Parameters&) {
  const int members = family(3);
  check(members == 15, "members == 15, but it was " + std::to_string(members));
}

void many(const Parameters& parameters) {
  const int count = static_cast<int>(parameters.threads);
  std::atomic<int> done{0};
  in_tasks(count, [&](int) { ++done; });
  check(done == count, "done == " + std::to_string(count));
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    {"own.thread_locals", "pass", "constructed and destroyed per task", {}, {}, thread_locals, {}},
    {"own.destructor_order", "pass", "last made, first destroyed", {}, {}, destructor_order, {}},
    {"own.body", "pass", "the body's are restored", {}, {}, body_thread_locals, {}},
    {"own.errno", "pass", "errno per task", {}, {}, own_errno, {}},
    {"own.keys", "pass", "values and rounds of destructors", {}, {}, keys, {}},
    {"own.names", "pass", "thread names", {}, {}, names, {}},
    {"own.stack", "pass", "a stack per task", {}, {}, own_stack, {}},
    {"own.identities", "pass", "who am I", {}, {}, identities, {}},
    {"exceptions.switching", "pass", "switches while exceptions fly", {}, {}, exceptions, {}},
    {"exceptions.nested", "pass", "nested exceptions", {}, {}, nested_exceptions, {}},
    {"exceptions.pointers", "pass", "from task to task", {}, {}, exception_pointers, {}},
    {"lives.exiting", "pass", "pthread_exit unwinds the stack", {}, {}, exiting, {}},
    {"lives.join_results", "pass", "what join gives", {}, {}, join_results, {}},
    {"lives.detached_in_time", "pass", "ends before the body", {}, {}, detached_in_time, {}},
    {"lives.detached_too_late", "leaked-task", "nobody waits", {}, {}, detached_too_late, {}},
    {"lives.created_detached", "pass", "detached from the start", {}, {}, created_detached, {}},
    {"lives.families", "pass", "children of children", {}, {}, families, {}},
    {"lives.many", "pass", "as many as are asked for", {20, 0}, {5000, 0}, many, {}},
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
