// No lock: two tellers may read the same balance, and then one of the deposits is lost.
#include <pthread.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "bank.h"

namespace bank {

static int balance = 0;

static void deposit(int amount) {
  const int before = balance;
  std::this_thread::sleep_for(std::chrono::milliseconds(10));  // the transaction
  balance = before + amount;
}

static void teller(int number) {
  pthread_setname_np(pthread_self(), ("teller-" + std::to_string(number)).c_str());
  deposit(1);
}

int unlocked(int tellers) {
  std::vector<std::thread> threads;
  for (int number = 1; number <= tellers; ++number) threads.emplace_back(teller, number);
  for (std::thread& thread : threads) thread.join();
  return balance;
}

}  // namespace bank
