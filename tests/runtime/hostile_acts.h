// What a program can do to its harness: bodies of hostile_table.cc, and what the program of
// check/hostile.cc does when it is given their names.
//
// Each act happens under one order of some tasks. Under all others the program is
// correct, and asserts that nothing of earlier executions is left.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hostile {

// Past every interceptor.
inline long kernel(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0,
                   long f = 0) {
  long result = 0;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

// ---- Ends ---------------------------------------------------------------------------------------

inline volatile int* volatile nowhere = nullptr;

inline void store(int value) {
  *nowhere = value;
}
inline void store_twice(int value) {
  store(value);
  store(value);
}
inline void segfault() {
  store_twice(1);
}
inline void call_abort() {
  std::abort();
}
inline void fail_assertion() {
  const int two = 2;
  assert(two == 3);
}
inline void terminate() {
  std::terminate();
}
inline int deeper(int depth) {
  volatile char frame[256];
  frame[depth % 256] = static_cast<char>(depth);
  if (depth == 1 << 30) return 0;
  return deeper(depth + 1) + frame[depth % 256];
}
inline void overflow() {
  deeper(0);
}
inline void call_exit() {
  std::exit(0);
}
inline void call__exit() {
  _exit(0);
}
inline void call_quick_exit() {
  std::quick_exit(0);
}
inline void raise_kill() {
  raise(SIGKILL);
}
inline void kill_itself() {
  kill(getpid(), SIGTERM);
}
inline void raw_kill_itself() {
  kernel(SYS_kill, kernel(SYS_getpid), SIGKILL);
}
inline void stop_itself() {
  raise(SIGSTOP);
}

// ---- No end -------------------------------------------------------------------------------------

inline void compute() {
  for (;;) asm volatile("");
}
inline void poll() {
  const std::atomic<bool> never{false};
  while (!never) std::this_thread::yield();
}
inline void wait_in_kernel() {
  kernel(SYS_pause);
}
inline void stop_in_kernel() {
  kernel(SYS_kill, kernel(SYS_getpid), SIGSTOP);
}
// Ends, as long as nobody starves the other task.
inline void spin() {
  std::atomic<bool> ready{false};
  std::thread other([&] { ready = true; });
  while (!ready) {
  }
  other.join();
}

// ---- Too much -----------------------------------------------------------------------------------

struct Block {
  Block* next;
  char bytes[64 << 10];
};
inline Block* volatile blocks = nullptr;

inline void allocate() {
  for (;;) {
    Block* const block = static_cast<Block*>(std::malloc(sizeof(Block)));
    block->next = blocks;
    blocks = block;
  }
}
inline void touch() {
  constexpr size_t kSize = size_t{6} << 30;
  std::memset(std::malloc(kSize), 1, kSize);
}
// Neither malloc nor an instrumented store.
inline void map_and_touch() {
  constexpr size_t kSize = size_t{64} << 30;
  void* place = mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  assert(place != MAP_FAILED);
  madvise(place, kSize, MADV_HUGEPAGE);  // else it takes its time
  for (;;) {
    size_t size = size_t{64} << 20;
    asm volatile("rep stosb" : "+D"(place), "+c"(size) : "a"(1) : "memory");
    std::this_thread::yield();
  }
}
inline void create_threads() {
  for (;;) std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
}
inline void print() {
  const std::string line = std::string(99'999, '.') + "\n";
  for (int i = 0; i < 10'000; ++i) std::fwrite(line.data(), 1, line.size(), stdout);
}
inline void print_in_kernel() {
  static const std::string text(1 << 20, '.');
  for (int i = 0; i < 64; ++i) {
    kernel(SYS_write, 1, reinterpret_cast<long>(text.data()), static_cast<long>(text.size()));
  }
}
inline void fill_disk() {
  const std::string text(1 << 20, 'x');
  for (int i = 0;; ++i) {
    std::ofstream file("file" + std::to_string(i));
    for (int j = 0; j < 64; ++j) file << text;
    assert(file.good());
  }
}
inline void fill_disk_in_kernel() {
  static const std::string text(1 << 20, 'x');
  const int file = open("file", O_CREAT | O_WRONLY, 0600);
  assert(file >= 0);
  while (kernel(SYS_write, file, reinterpret_cast<long>(text.data()), 1 << 20) > 0) {
  }
  abort();
}

// ---- The process's own things -------------------------------------------------------------------

constexpr int kMostDescriptors = 4096;
constexpr int kFewInherited = 300;  // below may be some of whoever has started Heddle

inline void close_all() {
  for (int descriptor = 0; descriptor < kMostDescriptors; ++descriptor) close(descriptor);
}
inline void close_all_in_kernel() {
  for (int descriptor = 0; descriptor < kMostDescriptors; ++descriptor) {
    kernel(SYS_close, descriptor);
  }
}
inline void close_range_of_all() {
  close_range(0, ~0u, 0);
}
inline const char* garbage() {
  return "{\"schema\":\"heddle-report-1\",\"verdict\":\"pass\",\"garbage\":true}\n";
}
inline void write_garbage() {
  for (int descriptor = kFewInherited; descriptor < kMostDescriptors; ++descriptor) {
    if (write(descriptor, garbage(), std::strlen(garbage())) < 0) continue;
  }
}
inline void write_garbage_in_kernel() {
  for (int descriptor = kFewInherited; descriptor < kMostDescriptors; ++descriptor) {
    kernel(SYS_write, descriptor, reinterpret_cast<long>(garbage()),
           static_cast<long>(std::strlen(garbage())));
  }
}
inline void print_report() {
  std::printf("verdict  pass\n%s", garbage());
  std::fflush(stdout);
  std::abort();
}

inline void handle(int) {}

inline void change_signals() {
  struct sigaction action = {};
  action.sa_handler = handle;
  for (int signal = 1; signal < 65; ++signal) sigaction(signal, &action, nullptr);
  static char place[64 << 10];
  stack_t stack = {};
  stack.ss_sp = place;
  stack.ss_size = sizeof(place);
  assert(sigaltstack(&stack, nullptr) == 0);
  sigset_t all;
  sigfillset(&all);
  assert(pthread_sigmask(SIG_BLOCK, &all, nullptr) == 0);
}
inline std::atomic<int> handled{0};

inline void raise_handled() {
  struct sigaction action = {};
  action.sa_handler = [](int) { ++handled; };
  assert(sigaction(SIGTERM, &action, nullptr) == 0 && raise(SIGTERM) == 0 && handled == 1);
  assert(kill(getpid(), SIGTERM) == 0 && handled == 2);
  assert(kill(getpid(), 0) == 0);
}
inline void ignore_and_crash() {
  signal(SIGSEGV, SIG_IGN);
  signal(SIGABRT, SIG_IGN);
  segfault();
}
inline void change_limits() {
  const rlimit few = {8, 8192};
  assert(umask(0777) == 022 && setrlimit(RLIMIT_NOFILE, &few) == 0);
}
inline void set_alarm() {
  alarm(1);
}
inline void set_timer() {
  const itimerval soon = {{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &soon, nullptr);
}
inline void start_process() {
  if (fork() == 0) _exit(0);
}
inline void become_another() {
  execl("/bin/true", "true", nullptr);
}
// Signal 0 asks whether one might: harmless, should nobody stop it.
inline void signal_parent() {
  kill(getppid(), 0);
}
inline void signal_everybody() {
  kill(-1, 0);
}
inline void signal_group() {
  kill(0, 0);
}

// ---- Memory -------------------------------------------------------------------------------------

inline jmp_buf others;

inline void jump() {
  std::mutex lock;
  std::condition_variable change;
  bool ready = false;
  bool over = false;
  std::thread other([&] {
    std::unique_lock<std::mutex> guard(lock);
    if (setjmp(others) != 0) return;
    ready = true;
    change.notify_one();
    while (!over) change.wait(guard);
  });
  {
    std::unique_lock<std::mutex> guard(lock);
    while (!ready) change.wait(guard);
    over = true;
    change.notify_one();
  }
  longjmp(others, 1);
}
inline void jump_back() {
  static jmp_buf own;
  volatile int jumps = 0;
  if (setjmp(own) < 3) {
    jumps = jumps + 1;
    longjmp(own, jumps);
  }
  assert(jumps == 3);
}
inline void destroy_locked() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  pthread_mutex_destroy(&mutex);
}

// Where Heddle keeps its own things.
inline constexpr uintptr_t kEngine = 0x7c0000000000;
inline constexpr uintptr_t kPastGuard = 4096 + 64;  // a page that nobody may touch comes first
inline constexpr uintptr_t kObjects = kEngine + (uintptr_t{5} << 30) + kPastGuard;
inline constexpr uintptr_t kLog = 0x7c0800000000;
inline constexpr uintptr_t kExchange = 0x7c1000000000;

template <uintptr_t where>
void write_wildly() {
  volatile char* const place = reinterpret_cast<char*>(where + kPastGuard);
  for (int i = 0; i < 100'000; ++i) place[i] = 'x';
}
template <uintptr_t where>
void fill_wildly() {
  std::memset(reinterpret_cast<char*>(where + kPastGuard), 'x', 100'000);
}
template <uintptr_t where>
void fill_in_assembler() {
  void* place = reinterpret_cast<void*>(where);
  size_t size = 100'000;
  asm volatile("rep stosb" : "+D"(place), "+c"(size) : "a"('x') : "memory");
}

// ---- The table ----------------------------------------------------------------------------------

// X(name, tasks, in a body, as a whole program, act): of how many tasks one order is hostile, more
// where the act takes its time; the kind of the finding, or "pass".
#define HOSTILE_ACTS(X)                                                                        \
  X(segfault, 4, "crash", "crash", segfault)                                                   \
  X(abort, 4, "crash", "crash", call_abort)                                                    \
  X(assert, 4, "crash", "crash", fail_assertion)                                               \
  X(terminate, 4, "crash", "crash", terminate)                                                 \
  X(overflow, 4, "crash", "crash", overflow)                                                   \
  X(exit, 4, "exit", "pass", call_exit)                                                        \
  X(_exit, 4, "exit", "pass", call__exit)                                                      \
  X(quick_exit, 4, "exit", "pass", call_quick_exit)                                            \
  X(raise_kill, 4, "crash", "crash", raise_kill)                                               \
  X(kill_itself, 4, "crash", "crash", kill_itself)                                             \
  X(raw_kill_itself, 4, "crash", "crash", raw_kill_itself)                                     \
  X(compute, 5, "time-limit", "time-limit", compute)                                           \
  X(poll, 4, "step-limit", "step-limit", poll)                                                 \
  X(spin, 4, "pass", "pass", spin)                                                             \
  X(threads, 5, "task-limit", "task-limit", create_threads)                                    \
  X(print, 5, "pass", "pass", print)                                                           \
  X(close_all, 4, "pass", "pass", close_all)                                                   \
  X(close_all_in_kernel, 4, "nondeterminism", "not-modelled", close_all_in_kernel)             \
  X(close_range, 4, "not-modelled", "not-modelled", close_range_of_all)                        \
  X(garbage, 4, "pass", "pass", write_garbage)                                                 \
  X(fake_report, 4, "crash", "crash", print_report)                                            \
  X(alarm, 4, "not-modelled", "not-modelled", set_alarm)                                       \
  X(timer, 4, "not-modelled", "not-modelled", set_timer)                                       \
  X(fork, 4, "not-modelled", "not-modelled", start_process)                                    \
  X(exec, 4, "not-modelled", "not-modelled", become_another)                                   \
  X(destroy, 4, "lock-misuse", "lock-misuse", destroy_locked)                                  \
  X(stop_itself, 4, "not-modelled", "not-modelled", stop_itself)                               \
  X(wait_in_kernel, 4, "time-limit", "time-limit", wait_in_kernel)                             \
  X(stop_in_kernel, 4, "time-limit", "time-limit", stop_in_kernel)                             \
  X(allocate, 5, "memory-limit", "memory-limit", allocate)                                     \
  X(touch, 4, "memory-limit", "memory-limit", touch)                                           \
  X(map_and_touch, 5, "memory-limit", "memory-limit", map_and_touch)                           \
  X(print_in_kernel, 4, "pass", "pass", print_in_kernel)                                       \
  X(fill_disk, 5, "memory-limit", "memory-limit", fill_disk)                                   \
  X(fill_disk_in_kernel, 4, "memory-limit", "memory-limit", fill_disk_in_kernel)               \
  X(garbage_in_kernel, 4, "pass", "pass", write_garbage_in_kernel)                             \
  X(change_signals, 4, "pass", "pass", change_signals)                                         \
  X(raise_handled, 4, "pass", "pass", raise_handled)                                           \
  X(change_limits, 4, "pass", "pass", change_limits)                                           \
  X(jump_back, 4, "pass", "pass", jump_back)                                                   \
  X(ignore_and_crash, 4, "crash", "crash", ignore_and_crash)                                   \
  X(signal_parent, 4, "not-modelled", "not-modelled", signal_parent)                           \
  X(signal_everybody, 4, "not-modelled", "not-modelled", signal_everybody)                     \
  X(signal_group, 4, "not-modelled", "not-modelled", signal_group)                             \
  X(jump, 4, "crash", "crash", jump)                                                           \
  X(write_engine, 4, "crash", "crash", write_wildly<kEngine>)                                  \
  X(write_log, 4, "crash", "crash", write_wildly<kLog>)                                        \
  X(write_exchange, 4, "crash", "crash", write_wildly<kExchange>)                              \
  X(fill_engine, 4, "crash", "crash", fill_wildly<kEngine>)                                    \
  X(fill_log, 4, "crash", "crash", fill_wildly<kLog>)                                          \
  X(fill_exchange, 4, "crash", "crash", fill_wildly<kExchange>)                                \
  X(fill_engine_in_assembler, 4, "crash", "crash", fill_in_assembler<kEngine>)                 \
  X(fill_objects_in_assembler, 4, "not-modelled", "not-modelled", fill_in_assembler<kObjects>) \
  X(fill_log_in_assembler, 4, "crash", "crash", fill_in_assembler<kLog>)                       \
  X(fill_exchange_in_assembler, 4, "crash", "crash", fill_in_assembler<kExchange>)

struct Act {
  const char* name;
  void (*act)();
};

inline constexpr Act kActs[] = {
#define HOSTILE_ACT(name, tasks, in_body, in_program, act) {#name, act},
    HOSTILE_ACTS(HOSTILE_ACT)
#undef HOSTILE_ACT
};

// Nothing of an earlier execution is left.
inline void check_state() {
  for (int signal = 1; signal < 32; ++signal) {
    struct sigaction now = {};
    if (signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL) continue;
    assert(sigaction(signal, nullptr, &now) == 0);
    assert(now.sa_handler != handle);
  }
  sigset_t blocked;
  assert(pthread_sigmask(SIG_BLOCK, nullptr, &blocked) == 0);
  assert(sigismember(&blocked, SIGTERM) == 0);
  for (int descriptor = 0; descriptor < 3; ++descriptor) {
    assert(fcntl(descriptor, F_GETFD) >= 0);
  }
  assert(fcntl(3, F_GETFD) < 0);
  rlimit descriptors = {};
  assert(getrlimit(RLIMIT_NOFILE, &descriptors) == 0 && descriptors.rlim_cur > 8);
  const mode_t mask = umask(022);
  assert(mask == 022);
  assert(access("file", F_OK) != 0 && access("file0", F_OK) != 0);
  assert(blocks == nullptr);
}

// The tasks take their turns in the one order that is backwards.
inline void in_one_order(void (*act)(), int count) {
  std::mutex lock;
  int turns = 0;
  bool backwards = true;
  check_state();
  std::vector<std::thread> tasks;
  for (int number = 0; number < count; ++number) {
    tasks.emplace_back([&, number] {
      const std::lock_guard<std::mutex> guard(lock);
      if (++turns + number != count) backwards = false;
      if (turns == count && backwards) act();
    });
  }
  for (std::thread& task : tasks) task.join();
  assert(turns == count);
}

}  // namespace hostile
