// Random numbers under control: drawn from the schedule, begun anew in each execution.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"

namespace {

using heddle::check;
using heddle::Parameters;

// What libc's generators give without a seed.
void pseudo(const Parameters&) {
  check(rand() == 1804289383 && random() == 846930886, "rand begins anew");
  check(lrand48() == 0, "lrand48 begins anew");
  srand(7);
  srand48(7);
  static char state[64];
  check(initstate(5, state, sizeof(state)) != nullptr, "initstate");
  rand();
}

void devices(const Parameters&) {
  std::random_device device;
  check(device() != device() || device() != device(), "draws differ");
  check(device.entropy() == 32, "entropy");
  unsigned char bytes[64] = {0};
  check(getrandom(bytes, sizeof(bytes), 0) == sizeof(bytes), "getrandom");
  check(getentropy(bytes, 32) == 0, "getentropy");
  const int file = open("/dev/urandom", O_RDONLY);
  check(read(file, bytes, sizeof(bytes)) == sizeof(bytes), "a stream of random bytes");
  close(file);
}

unsigned drawn[2];

// Each task has its own draws: what the other one does, or when, changes nothing by default.
void both_parities(const Parameters&) {
  std::thread first([] { drawn[0] = std::random_device()() % 2; });
  std::thread second([] { drawn[1] = std::random_device()() % 2; });
  first.join();
  second.join();
  check(drawn[0] == drawn[1], "both are even or both are odd");
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    {"random.pseudo", "pass", "rand is the same in every execution", {}, {}, pseudo, {}},
    {"random.devices", "pass", "random bytes come from the schedule", {}, {}, devices, {}},
    {"random.both_parities", "check-failed", "exploring varies draws", {}, {}, both_parities, {}},
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
