// Both locks are taken together: std::scoped_lock holds none while it waits for another.
#include <pthread.h>

#include <functional>
#include <mutex>
#include <thread>

#include "account.h"
#include "deadlock.h"

namespace deadlock {

static Account a;
static Account b;

static void transfer(const char* name, Account& from, Account& to, int amount) {
  pthread_setname_np(pthread_self(), name);
  std::scoped_lock both(from.mutex, to.mutex);
  from.balance -= amount;
  to.balance += amount;
}

int ordered() {
  std::thread first(transfer, "transfer-1", std::ref(a), std::ref(b), 10);
  std::thread second(transfer, "transfer-2", std::ref(b), std::ref(a), 20);
  first.join();
  second.join();
  return a.balance + b.balance;
}

}  // namespace deadlock
