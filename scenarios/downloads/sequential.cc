// One after the other: the times add up.
#include <chrono>
#include <thread>

#include "downloads.h"

namespace downloads {

static void download(int seconds) {
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
}

void sequential() {
  download(1);
  download(2);
}

}  // namespace downloads
