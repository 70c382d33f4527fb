// Each transfer locks where the money comes from, then where it goes: two opposite transfers may
// each hold what the other one needs.
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
  std::lock_guard<std::mutex> from_lock(from.mutex);
  std::lock_guard<std::mutex> to_lock(to.mutex);
  from.balance -= amount;
  to.balance += amount;
}

int lock_order() {
  std::thread first(transfer, "transfer-1", std::ref(a), std::ref(b), 10);
  std::thread second(transfer, "transfer-2", std::ref(b), std::ref(a), 20);
  first.join();
  second.join();
  return a.balance + b.balance;
}

}  // namespace deadlock
