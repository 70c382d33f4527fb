// Signals between the tasks of a process (POSIX.1-2017, 2.4): sent to one task or to the process,
// kept while every task that may take them blocks them, taken by who waits for them. Handlers are
// the runtime's.
#pragma once

#include "sync/objects.h"

namespace heddle {

// Bit n - 1 is signal n, as the kernel has it.
using SignalSet = uint64_t;

inline constexpr int kSignalEnd = 65;  // above the last signal

inline constexpr SignalSet signal_bit(int number) {
  return SignalSet{1} << (number - 1);
}

// One that has been sent: what its sender has done is done before whoever takes it.
class SentSignal : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::signal;

  int number = 0;
  int code = 0;         // si_code
  uintptr_t value = 0;  // of sigqueue
  TaskId target;        // none: the process
  SentSignal* next_sent = nullptr;
};

// All signals of the process.
class Signals : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::signals;

  enum class Sent : uint8_t {
    kept,       // until somebody waits for it or unblocks it
    here,       // the sender is to take it at once
    elsewhere,  // another task is: SentSignal::target
  };

  // Sends `signal`, of which `number`, `code`, `value` and `target` are set.
  Sent send(Engine& engine, SentSignal& signal, Site site);
  // Waits until one of the set has come, whether the task blocks it or not. Null: `error` is EAGAIN
  // (the deadline has passed) or ECANCELED.
  SentSignal* wait(Engine& engine, SignalSet set, uint64_t deadline_ns, Site site, int& error);
  // Which the running task blocks from now on; those that it did are returned.
  SignalSet set_blocked(Engine& engine, SignalSet blocked, Site site);
  // Those that were sent to the running task or to the process and not taken.
  SignalSet pending(Engine& engine, Site site);
  // The first of those that the running task does not block, taken: null when there is none.
  SentSignal* take_unblocked(Engine& engine, Site site);
  // Keeps one that is to be taken elsewhere until its target takes it.
  void keep(SentSignal& signal);

 private:
  Operation operation(Op op, Site site) const { return Operation{op, 0, false, id, address, site}; }
  SentSignal* take(TaskId task, SignalSet set);
  TaskId receiver(Engine& engine, const SentSignal& signal) const;
  bool awaited(Engine& engine, const SentSignal& signal) const;
  void record(Engine& engine, Op op, Effect effect, const Object& about, TaskId other, Site site);

  SentSignal* first_ = nullptr;  // in the order of their sending
  WaitQueue waiters_;            // anybody may send
};

}  // namespace heddle
