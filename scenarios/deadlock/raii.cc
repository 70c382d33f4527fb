// A guard releases the lock however the function is left.
#include <pthread.h>

#include <mutex>
#include <stdexcept>
#include <thread>

#include "deadlock.h"

namespace deadlock {

static std::mutex mutex;
static int balance = 100;

static void withdraw(int amount) {
  std::lock_guard<std::mutex> lock(mutex);
  if (amount > balance) throw std::runtime_error("not enough money");
  balance -= amount;
}

static void customer(const char* name, int amount) {
  pthread_setname_np(pthread_self(), name);
  try {
    withdraw(amount);
  } catch (const std::runtime_error&) {  // no money today
  }
}

int raii() {
  std::thread first(customer, "customer-1", 500);
  std::thread second(customer, "customer-2", 50);
  first.join();
  second.join();
  return balance;
}

}  // namespace deadlock
