// Every thread is waited for.
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "downloads.h"

namespace downloads {

static std::atomic<int> complete = 0;

static void* download(void* number) {
  const auto file = reinterpret_cast<intptr_t>(number);
  pthread_setname_np(pthread_self(), ("download-" + std::to_string(file)).c_str());
  std::this_thread::sleep_for(std::chrono::seconds(1));
  ++complete;
  return nullptr;
}

int join_all() {
  pthread_t threads[kFiles];
  for (intptr_t file = 1; file <= kFiles; ++file) {
    pthread_create(&threads[file - 1], nullptr, download, reinterpret_cast<void*>(file));
  }
  for (pthread_t thread : threads) pthread_join(thread, nullptr);
  return complete;
}

}  // namespace downloads
