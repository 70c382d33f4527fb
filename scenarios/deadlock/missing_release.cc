// An exception passes the unlock: whoever comes next waits for a lock that nobody will release.
#include <pthread.h>

#include <mutex>
#include <stdexcept>
#include <thread>

#include "deadlock.h"

namespace deadlock {

static std::mutex mutex;
static int balance = 100;

static void withdraw(int amount) {
  mutex.lock();
  if (amount > balance) throw std::runtime_error("not enough money");
  balance -= amount;
  mutex.unlock();
}

static void customer(const char* name, int amount) {
  pthread_setname_np(pthread_self(), name);
  try {
    withdraw(amount);
  } catch (const std::runtime_error&) {  // no money today
  }
}

int missing_release() {
  std::thread first(customer, "customer-1", 500);
  std::thread second(customer, "customer-2", 50);
  first.join();
  second.join();
  return balance;
}

}  // namespace deadlock
