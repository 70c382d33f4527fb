// No lock: each line reads and then writes, and the other thread may come in between.
#include <pthread.h>

#include <thread>

#include "change_it.h"

namespace change_it {

static void change(const char* name, int n, int rounds) {
  pthread_setname_np(pthread_self(), name);
  for (int round = 0; round < rounds; ++round) {
    balance = balance + n;
    balance = balance - n;
  }
}

int unlocked(int rounds) {
  std::thread t1(change, "t1", 5, rounds);
  std::thread t2(change, "t2", 8, rounds);
  t1.join();
  t2.join();
  return balance;
}

}  // namespace change_it
