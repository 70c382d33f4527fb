// A recursive mutex counts: the thread that holds it may take it again.
#include <pthread.h>

#include <mutex>
#include <thread>

#include "deadlock.h"

namespace deadlock {

static std::recursive_mutex mutex;
static int balance = 100;

static void deposit(int amount) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  balance += amount;
}

static void deposit_with_bonus(int amount) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  balance += 1;
  deposit(amount);
}

static void clerk(const char* name) {
  pthread_setname_np(pthread_self(), name);
  deposit_with_bonus(10);
}

int recursive() {
  std::thread first(clerk, "clerk-1");
  std::thread second(clerk, "clerk-2");
  first.join();
  second.join();
  return balance;
}

}  // namespace deadlock
