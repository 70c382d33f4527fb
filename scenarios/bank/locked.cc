// One lock around the whole deposit: nobody reads a balance that is about to change.
#include <pthread.h>

#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bank.h"

namespace bank {

static std::mutex mutex;
static int balance = 0;

static void deposit(int amount) {
  // Released however the function is left, by the exception too.
  std::lock_guard<std::mutex> lock(mutex);
  if (amount <= 0) throw std::invalid_argument("a deposit must be positive");
  const int before = balance;
  std::this_thread::sleep_for(std::chrono::milliseconds(10));  // the transaction
  balance = before + amount;
}

static void teller(int number) {
  pthread_setname_np(pthread_self(), ("teller-" + std::to_string(number)).c_str());
  if (number == 1) {
    try {
      deposit(-1);  // a slip of the pen: refused, and the others must not notice
    } catch (const std::invalid_argument&) {
    }
  }
  deposit(1);
}

int locked(int tellers) {
  std::vector<std::thread> threads;
  for (int number = 1; number <= tellers; ++number) threads.emplace_back(teller, number);
  for (std::thread& thread : threads) thread.join();
  return balance;
}

}  // namespace bank
