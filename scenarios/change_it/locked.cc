// A lock around each round: the other thread sees the balance before or after, never in between.
#include <pthread.h>

#include <mutex>
#include <thread>

#include "change_it.h"

namespace change_it {

static std::mutex mutex;

static void change(const char* name, int n, int rounds) {
  pthread_setname_np(pthread_self(), name);
  for (int round = 0; round < rounds; ++round) {
    std::lock_guard<std::mutex> lock(mutex);
    balance = balance + n;
    balance = balance - n;
  }
}

int locked(int rounds) {
  std::thread t1(change, "t1", 5, rounds);
  std::thread t2(change, "t2", 8, rounds);
  t1.join();
  t2.join();
  return balance;
}

}  // namespace change_it
