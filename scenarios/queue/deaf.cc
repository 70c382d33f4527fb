// The consumer waits for a notification instead of for the item: one that came before is not heard.
#include <pthread.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "queue.h"

namespace queue {

static std::mutex mutex;
static std::condition_variable ready;
static int item = 0;

static void produce() {
  pthread_setname_np(pthread_self(), "producer");
  std::lock_guard<std::mutex> lock(mutex);
  item = 42;
  ready.notify_one();
}

static void consume(int& taken) {
  pthread_setname_np(pthread_self(), "consumer");
  std::unique_lock<std::mutex> lock(mutex);
  ready.wait(lock);
  taken = item;
}

int deaf() {
  int taken = 0;
  std::thread producer(produce);
  std::thread consumer(consume, std::ref(taken));
  producer.join();
  consumer.join();
  return taken;
}

}  // namespace queue
