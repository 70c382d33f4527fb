// `if` around the wait: what a waiter was woken for may be gone when it gets the lock, and it may
// wake for no reason at all.
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "buffer.h"
#include "queue.h"

namespace queue {

static std::mutex mutex;
static std::condition_variable not_empty;
static std::condition_variable not_full;
static Buffer buffer;

static std::atomic<int> sum = 0;
static std::atomic<int> from_empty = 0;
static std::atomic<int> into_full = 0;

static bool push(int item) {
  std::unique_lock<std::mutex> lock(mutex);
  if (buffer.full()) not_full.wait(lock);
  if (!buffer.put(item)) return false;
  not_empty.notify_one();
  return true;
}

static bool pop(int& item) {
  std::unique_lock<std::mutex> lock(mutex);
  if (buffer.empty()) not_empty.wait(lock);
  if (!buffer.take(item)) return false;
  not_full.notify_one();
  return true;
}

static void produce(const char* name, int first, int last) {
  pthread_setname_np(pthread_self(), name);
  for (int item = first; item <= last; ++item) {
    while (!push(item)) ++into_full;
  }
}

static void consume(const char* name, int items) {
  pthread_setname_np(pthread_self(), name);
  for (int taken = 0; taken < items; ++taken) {
    int item = 0;
    while (!pop(item)) ++from_empty;
    sum += item;
  }
}

Totals hasty() {
  std::thread threads[] = {
      std::thread(produce, "producer-1", 1, 2),
      std::thread(produce, "producer-2", 3, 4),
      std::thread(consume, "consumer-1", 2),
      std::thread(consume, "consumer-2", 2),
  };
  for (std::thread& thread : threads) thread.join();
  return {sum, from_empty, into_full};
}

}  // namespace queue
