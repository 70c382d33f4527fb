// Random numbers: drawn from the schedule. libc's pseudo-random ones are its own, begun anew in
// each execution.
#include <stdlib.h>
#include <sys/random.h>
#include <sys/types.h>

#include <string>

#include "runtime/access.h"
#include "runtime/devices.h"
#include "runtime/real.h"
#include "runtime/second_name.h"

namespace heddle {
namespace {

// Bytes for a buffer of the program's.
void fill(Runtime& runtime, void* buffer, size_t size, Site site) {
  HarnessScope scope(runtime);
  access_range(runtime, reinterpret_cast<uintptr_t>(buffer), size, /*write=*/true, site);
  devices(runtime).random.fill(runtime, buffer, size, site);
}

uint32_t draw(Runtime& runtime, Site site) {
  HarnessScope scope(runtime);
  return devices(runtime).random.draw(runtime, site);
}

// A number below `bound` from 32 random bits (Lemire's multiplication).
uint32_t below(uint32_t bits, uint32_t bound) {
  return static_cast<uint32_t>((uint64_t{bits} * bound) >> 32);
}

// One of the functions with hidden state that all tasks share.
class SharedState {
 public:
  SharedState(Runtime& runtime, Site site) : scope_(runtime) {
    runtime.used_rand = true;
    runtime.engine.scheduling_point(Operation{Op::random, 0, false, ObjectId(), 0, site});
    event_.op = Op::random;
    event_.task = runtime.engine.current().id;
    event_.site = site;
  }
  ~SharedState() { scope_->engine.record(event_); }

 private:
  HarnessScope scope_;
  Event event_;
};

}  // namespace
}  // namespace heddle

#define HEDDLE_RAND_CALL(result, name, parameters, ...)            \
  HEDDLE_EXPORT result name parameters noexcept {                  \
    Runtime* runtime = controlled();                               \
    if (runtime == nullptr) return HEDDLE_REAL(name)(__VA_ARGS__); \
    heddle::SharedState state(*runtime, HEDDLE_CALLER);            \
    return HEDDLE_REAL(name)(__VA_ARGS__);                         \
  }

// The same where the state is the program's: an access to its memory, and no operation.
#define HEDDLE_OWN_STATE_CALL(result, name, type)                                            \
  HEDDLE_EXPORT result name(type* seed) noexcept {                                           \
    if (Runtime* runtime = controlled()) {                                                   \
      heddle::access_range(*runtime, reinterpret_cast<uintptr_t>(seed), sizeof(*seed), true, \
                           HEDDLE_CALLER);                                                   \
    }                                                                                        \
    return HEDDLE_REAL(name)(seed);                                                          \
  }

using heddle::controlled;
using heddle::Runtime;

extern "C" {

HEDDLE_RAND_CALL(int, rand, (), )
HEDDLE_RAND_CALL(void, srand, (unsigned seed), seed)
HEDDLE_RAND_CALL(long, random, (), )
HEDDLE_RAND_CALL(void, srandom, (unsigned seed), seed)
HEDDLE_RAND_CALL(double, drand48, (), )
HEDDLE_RAND_CALL(long, lrand48, (), )
HEDDLE_RAND_CALL(long, mrand48, (), )
HEDDLE_RAND_CALL(void, srand48, (long seed), seed)
HEDDLE_RAND_CALL(unsigned short*, seed48, (unsigned short seed[3]), seed)
HEDDLE_RAND_CALL(void, lcong48, (unsigned short parameters[7]), parameters)
HEDDLE_OWN_STATE_CALL(int, rand_r, unsigned)

HEDDLE_EXPORT char* initstate(unsigned seed, char* state, size_t size) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(initstate)(seed, state, size);
  heddle::SharedState shared(*runtime, HEDDLE_CALLER);
  char* before = HEDDLE_REAL(initstate)(seed, state, size);
  heddle::devices(*runtime).random.state_replaced(before);
  return before;
}

HEDDLE_EXPORT char* setstate(char* state) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(setstate)(state);
  heddle::SharedState shared(*runtime, HEDDLE_CALLER);
  char* before = HEDDLE_REAL(setstate)(state);
  heddle::devices(*runtime).random.state_replaced(before);
  return before;
}

HEDDLE_EXPORT ssize_t getrandom(void* buffer, size_t size, unsigned flags) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(getrandom)(buffer, size, flags);
  heddle::fill(*runtime, buffer, size, HEDDLE_CALLER);
  return static_cast<ssize_t>(size);
}

HEDDLE_EXPORT int getentropy(void* buffer, size_t size) {
  constexpr size_t kMost = 256;
  Runtime* runtime = controlled();
  if (runtime == nullptr || size > kMost) return HEDDLE_REAL(getentropy)(buffer, size);
  heddle::fill(*runtime, buffer, size, HEDDLE_CALLER);
  return 0;
}

// Declared by newer libraries only (glibc 2.36).
uint32_t heddle_arc4random() noexcept asm("arc4random");
void heddle_arc4random_buf(void* buffer, size_t size) noexcept asm("arc4random_buf");
uint32_t heddle_arc4random_uniform(uint32_t bound) noexcept asm("arc4random_uniform");

HEDDLE_EXPORT uint32_t heddle_arc4random() noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL_AS(uint32_t(*)(), "arc4random")();
  return heddle::draw(*runtime, HEDDLE_CALLER);
}

HEDDLE_EXPORT void heddle_arc4random_buf(void* buffer, size_t size) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    return HEDDLE_REAL_AS(void (*)(void*, size_t), "arc4random_buf")(buffer, size);
  }
  heddle::fill(*runtime, buffer, size, HEDDLE_CALLER);
}

HEDDLE_EXPORT uint32_t heddle_arc4random_uniform(uint32_t bound) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    return HEDDLE_REAL_AS(uint32_t(*)(uint32_t), "arc4random_uniform")(bound);
  }
  return heddle::below(heddle::draw(*runtime, HEDDLE_CALLER), bound);
}

// Members of std::random_device, in libstdc++.so. One that is made in an execution has no source of
// its own: its first word, the source, is null, which the real _M_fini takes for "nothing to do".
struct HeddleRandomDevice {
  void* source;
  void* function;
};
using Token = std::string;

void heddle_device_init(HeddleRandomDevice* self, const Token& token) asm(
    "_ZNSt13random_device7_M_initERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE");
void heddle_device_fini(HeddleRandomDevice* self) asm("_ZNSt13random_device7_M_finiEv");
unsigned heddle_device_value(HeddleRandomDevice* self) asm("_ZNSt13random_device9_M_getvalEv");
double heddle_device_entropy(const HeddleRandomDevice* self) noexcept
    asm("_ZNKSt13random_device13_M_getentropyEv");

HEDDLE_EXPORT void heddle_device_init(HeddleRandomDevice* self, const Token& token) {
  if (controlled() == nullptr) {
    return HEDDLE_REAL_AS(
        decltype(&heddle_device_init),
        "_ZNSt13random_device7_M_initERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE")(
        self, token);
  }
  self->source = self->function = nullptr;
}

HEDDLE_EXPORT void heddle_device_fini(HeddleRandomDevice* self) {
  if (controlled() != nullptr) return;
  HEDDLE_REAL_AS(decltype(&heddle_device_fini), "_ZNSt13random_device7_M_finiEv")(self);
}

HEDDLE_EXPORT unsigned heddle_device_value(HeddleRandomDevice* self) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    return HEDDLE_REAL_AS(decltype(&heddle_device_value), "_ZNSt13random_device9_M_getvalEv")(self);
  }
  return heddle::draw(*runtime, HEDDLE_CALLER);
}

HEDDLE_EXPORT double heddle_device_entropy(const HeddleRandomDevice* self) noexcept {
  if (controlled() == nullptr) {
    return HEDDLE_REAL_AS(decltype(&heddle_device_entropy),
                          "_ZNKSt13random_device13_M_getentropyEv")(self);
  }
  return 32;
}
HEDDLE_SECOND_NAME(
    _ZNSt13random_device14_M_init_pretr1ERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE,
    _ZNSt13random_device7_M_initERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE);

}  // extern "C"
