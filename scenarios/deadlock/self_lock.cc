// A function that holds the lock calls another one that takes it: the thread waits for itself.
#include <pthread.h>

#include <mutex>
#include <thread>

#include "deadlock.h"

namespace deadlock {

static std::mutex mutex;
static int balance = 100;

static void deposit(int amount) {
  std::lock_guard<std::mutex> lock(mutex);
  balance += amount;
}

static void deposit_with_bonus(int amount) {
  std::lock_guard<std::mutex> lock(mutex);
  balance += 1;
  deposit(amount);
}

static void clerk(const char* name) {
  pthread_setname_np(pthread_self(), name);
  deposit_with_bonus(10);
}

int self_lock() {
  std::thread first(clerk, "clerk-1");
  std::thread second(clerk, "clerk-2");
  first.join();
  second.join();
  return balance;
}

}  // namespace deadlock
