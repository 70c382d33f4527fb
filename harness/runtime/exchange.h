// What a supervisor and its worker, a fork of it, tell each other: calls, and whatever values they
// take and return, as plain objects in memory that both see at the same address.
//
// They take turns: while one works the other waits. Each has a heap of its own in the shared
// memory, so that the sudden end of one leaves the other's in order: who hands objects over makes
// them under a Lend, and only who has made them frees them.
#pragma once

#include <cstdint>

#include "platform/host_heap.h"
#include "platform/raw_memory.h"
#include "runtime/process.h"

namespace heddle {

class Exchange {
 public:
  // The one of this process, made on first use; null where the system refuses memory.
  static Exchange* open();
  // In a fork that is to have workers of its own: what was lent stays its maker's.
  static void give_up();
  // Supervisor, before each fork: nothing is posted, whatever the last worker has left undone.
  void expect_worker() { mailbox().turn = kSupervisor; }
  // In the worker: from now on its heap is lent from. What its predecessor lent is gone.
  void become_worker();

  // While it lives, what the host allocates can be read by the other side.
  class Lend {
   public:
    explicit Lend(Exchange& exchange) : exchange_(exchange), before_(exchange.lending_) {
      exchange_.lending_ = true;
    }
    ~Lend() { exchange_.lending_ = before_; }
    Lend(const Lend&) = delete;
    Lend& operator=(const Lend&) = delete;

   private:
    Exchange& exchange_;
    const bool before_;
  };
  // In the worker: everything that it has lent so far has been read.
  void forget_lent();

  // Where malloc of the host takes from, and whom a block belongs to.
  HostHeap& heap_in_use(HostHeap& host) { return lending_ ? own() : host; }
  HostHeap& heap_with(const void* pointer, HostHeap& host) {
    if (heaps_[0].owns(pointer)) return heaps_[0];
    return heaps_[1].owns(pointer) ? heaps_[1] : host;
  }

  // A call for the worker. It is run with the Exchange's turn being the worker's.
  using Run = void (*)(void* call, void* context);
  void post(Run run, void* call);
  // Supervisor: waits until the answer is there, or so long. True: it is there.
  bool wait_for_answer(uint64_t most_ns);
  // Worker: runs what is posted, with `context`, until the process ends.
  [[noreturn]] void serve(void* context);

 private:
  // In the shared memory.
  struct Mailbox {
    uint32_t turn;  // kSupervisor, kWorker
    Run run;
    void* call;
  };
  static constexpr uint32_t kSupervisor = 0;
  static constexpr uint32_t kWorker = 1;
  static constexpr size_t kHeapSize = kExchangeSize / 4;
  static constexpr uintptr_t kHeaps = kExchangeRegion + kExchangeSize / 2;

  Exchange() = default;
  HostHeap& own() { return heaps_[worker_ ? 1 : 0]; }
  static Mailbox& mailbox() { return *reinterpret_cast<Mailbox*>(kExchangeRegion + kPageSize); }
  static bool wait_while(uint32_t turn, uint64_t most_ns);
  static void pass_to(uint32_t turn);

  HostHeap heaps_[2] = {{HostHeap::Mapped(), kHeaps, kHeapSize},
                        {HostHeap::Mapped(), kHeaps + kHeapSize, kHeapSize}};
  bool worker_ = false;
  bool lending_ = false;
};

}  // namespace heddle
