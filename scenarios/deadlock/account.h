// An account with a lock of its own.
#pragma once

#include <mutex>

namespace deadlock {

struct Account {
  std::mutex mutex;
  int balance = 100;
};

}  // namespace deadlock
