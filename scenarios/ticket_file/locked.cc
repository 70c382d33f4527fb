// One lock from the first look at the file to the last byte written.
#include <pthread.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "store.h"
#include "ticket_file.h"

namespace ticket_file {

static std::mutex mutex;
static std::atomic<int> sold = 0;
static std::atomic<int> unreadable = 0;

static void buy() {
  std::lock_guard<std::mutex> lock(mutex);
  const std::optional<int> count = read_count();
  if (!count) {
    ++unreadable;
    return;
  }
  if (*count == 0) return;   // sold out
  wait_between(1000, 2000);  // the network
  write_count(*count - 1);
  ++sold;
}

static void buyer(int number) {
  pthread_setname_np(pthread_self(), ("buyer-" + std::to_string(number)).c_str());
  wait_between(0, 2000);  // on the way to the box office
  buy();
}

Sale locked(int buyers) {
  write_count(kTickets);
  std::vector<std::thread> threads;
  for (int number = 1; number <= buyers; ++number) threads.emplace_back(buyer, number);
  for (std::thread& thread : threads) thread.join();
  return {sold, unreadable, read_count().value_or(-1)};
}

}  // namespace ticket_file
