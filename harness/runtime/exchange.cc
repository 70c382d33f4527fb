#include "runtime/exchange.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/raw_syscall.h"
#include "platform/raw_memory.h"

namespace heddle {
namespace {

// Answers come within microseconds: the other side is looked at so often before sleeping.
constexpr int kLooks = 200;

}  // namespace

Exchange* Exchange::open() {
  if (process.exchange != nullptr) return process.exchange;
  if (map_memory(kExchangeRegion, kExchangeSize, true) == nullptr) return nullptr;
  if (!forbid_page(kExchangeRegion)) return nullptr;
  process.exchange = new Exchange();
  return process.exchange;
}

void Exchange::give_up() {
  if (process.exchange == nullptr) return;
  unmap_memory(reinterpret_cast<void*>(kExchangeRegion), kExchangeSize);
  process.exchange = nullptr;
}

void Exchange::become_worker() {
  worker_ = true;
  lending_ = false;
  forget_lent();
}

void Exchange::forget_lent() {
  HostHeap& heap = own();
  new (static_cast<void*>(&heap), Arena::PlacementTag())
      HostHeap(HostHeap::Mapped(), kHeaps + kHeapSize, kHeapSize);
}

void Exchange::pass_to(uint32_t turn) {
  uint32_t* const word = &mailbox().turn;
  __atomic_store_n(word, turn, __ATOMIC_RELEASE);
  raw_syscall(SYS_futex, reinterpret_cast<long>(word), FUTEX_WAKE, 1, 0, 0, 0);
}

// False: the time is over.
bool Exchange::wait_while(uint32_t turn, uint64_t most_ns) {
  uint32_t* const word = &mailbox().turn;
  for (int i = 0; i < kLooks; ++i) {
    if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != turn) return true;
    __builtin_ia32_pause();
  }
  const timespec time = {static_cast<time_t>(most_ns / 1'000'000'000),
                         static_cast<long>(most_ns % 1'000'000'000)};
  while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == turn) {
    const long result = raw_syscall(SYS_futex, reinterpret_cast<long>(word), FUTEX_WAIT, turn,
                                    reinterpret_cast<long>(most_ns == 0 ? nullptr : &time), 0, 0);
    if (result == -ETIMEDOUT || result == -EINTR) break;
  }
  return __atomic_load_n(word, __ATOMIC_ACQUIRE) != turn;
}

void Exchange::post(Run run, void* call) {
  mailbox().run = run;
  mailbox().call = call;
  pass_to(kWorker);
}

bool Exchange::wait_for_answer(uint64_t most_ns) {
  return wait_while(kWorker, most_ns);
}

void Exchange::serve(void* context) {
  for (;;) {
    while (!wait_while(kSupervisor, 0)) {
    }
    mailbox().run(mailbox().call, context);
    pass_to(kSupervisor);
  }
}

}  // namespace heddle
