// At the same time: the longest one counts.
#include <pthread.h>

#include <chrono>
#include <thread>

#include "downloads.h"

namespace downloads {

static void download(const char* name, int seconds) {
  pthread_setname_np(pthread_self(), name);
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
}

void concurrent() {
  std::thread first(download, "download-1", 1);
  std::thread second(download, "download-2", 2);
  first.join();
  second.join();
}

}  // namespace downloads
