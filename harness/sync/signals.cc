#include "sync/signals.h"

#include <errno.h>

namespace heddle {
namespace {

constexpr int kFirstRealTime = 32;  // each of these is kept, of the others only the first

bool may_take(const SentSignal& signal, TaskId task) {
  return !signal.target.valid() || signal.target == task;
}

}  // namespace

void Signals::record(Engine& engine, Op op, Effect effect, const Object& about, TaskId other,
                     Site site) {
  Event event;
  event.op = op;
  event.effect = effect;
  event.task = engine.current().id;
  event.other = other;
  event.object = about.id;
  event.address = address;
  event.site = site;
  engine.record(event);
}

void Signals::keep(SentSignal& signal) {
  SentSignal** last = &first_;
  for (; *last != nullptr; last = &(*last)->next_sent) {
    const SentSignal& other = **last;
    const bool same = other.number == signal.number && other.target == signal.target;
    if (same && signal.number < kFirstRealTime) return;
  }
  *last = &signal;
}

// Those sent to the task before those sent to the process, lower numbers first.
SentSignal* Signals::take(TaskId task, SignalSet set) {
  SentSignal** best = nullptr;
  for (SentSignal** at = &first_; *at != nullptr; at = &(*at)->next_sent) {
    const SentSignal& found = **at;
    if (!may_take(found, task) || (set & signal_bit(found.number)) == 0) continue;
    const bool directed = found.target.valid();
    const bool better = best == nullptr || (directed && !(*best)->target.valid()) ||
                        (directed == (*best)->target.valid() && found.number < (*best)->number);
    if (better) best = at;
  }
  if (best == nullptr) return nullptr;
  SentSignal* const taken = *best;
  *best = taken->next_sent;
  taken->next_sent = nullptr;
  return taken;
}

bool Signals::awaited(Engine& engine, const SentSignal& signal) const {
  for (uint32_t i = 0; i < engine.task_count(); ++i) {
    const Task& task = engine.task(TaskId(i));
    if (task.state == TaskState::ended || !may_take(signal, task.id)) continue;
    if ((task.signals_awaited & signal_bit(signal.number)) != 0) return true;
  }
  return false;
}

// The task that takes it at once: its target, else the sender, else the first one. None: everybody
// blocks it.
TaskId Signals::receiver(Engine& engine, const SentSignal& signal) const {
  const auto takes = [&signal](const Task& task) {
    return task.state != TaskState::ended && may_take(signal, task.id) &&
           (task.signals_blocked & signal_bit(signal.number)) == 0;
  };
  if (takes(engine.current())) return engine.current().id;
  for (uint32_t i = 0; i < engine.task_count(); ++i) {
    if (takes(engine.task(TaskId(i)))) return TaskId(i);
  }
  return TaskId::none();
}

Signals::Sent Signals::send(Engine& engine, SentSignal& signal, Site site) {
  engine.scheduling_point(operation(Op::signal_send, site));
  record(engine, Op::signal_send, Effect::done, signal, signal.target, site);
  if (awaited(engine, signal)) {
    keep(signal);
    engine.wake_all(waiters_);
    return Sent::kept;
  }
  const TaskId taker = receiver(engine, signal);
  if (!taker.valid()) {
    keep(signal);
    return Sent::kept;
  }
  signal.target = taker;
  return taker == engine.current().id ? Sent::here : Sent::elsewhere;
}

SentSignal* Signals::wait(Engine& engine, SignalSet set, uint64_t deadline_ns, Site site,
                          int& error) {
  Operation operation = this->operation(Op::signal_wait, site);
  operation.gives_up = deadline_ns != kNoDeadline;
  engine.scheduling_point(operation);
  Task& self = engine.current();
  for (;;) {
    if (SentSignal* taken = take(self.id, set)) {
      record(engine, operation.op, Effect::done, *taken, TaskId::none(), site);
      return taken;
    }
    self.signals_awaited = set;
    const Wake wake = engine.block(waiters_, operation, deadline_ns, /*spurious=*/false);
    self.signals_awaited = 0;
    if (wake == Wake::timed_out || wake == Wake::cancelled) {
      error = wake == Wake::timed_out ? EAGAIN : ECANCELED;
      const Effect effect = wake == Wake::timed_out ? Effect::timed_out : Effect::failed;
      record(engine, operation.op, effect, *this, TaskId::none(), site);
      return nullptr;
    }
  }
}

SignalSet Signals::set_blocked(Engine& engine, SignalSet blocked, Site site) {
  Task& self = engine.current();
  Operation operation = this->operation(Op::signal_mask, site);
  operation.only_reads = blocked == self.signals_blocked;
  engine.scheduling_point(operation);
  const SignalSet before = self.signals_blocked;
  self.signals_blocked = blocked;
  engine.note_progress();
  record(engine, operation.op, Effect::done, *this, TaskId::none(), site);
  return before;
}

SignalSet Signals::pending(Engine& engine, Site site) {
  Operation operation = this->operation(Op::signal_mask, site);
  operation.only_reads = true;
  engine.scheduling_point(operation);
  record(engine, operation.op, Effect::done, *this, TaskId::none(), site);
  SignalSet found = 0;
  for (const SentSignal* at = first_; at != nullptr; at = at->next_sent) {
    if (may_take(*at, engine.current().id)) found |= signal_bit(at->number);
  }
  return found;
}

SentSignal* Signals::take_unblocked(Engine& engine, Site site) {
  const Task& self = engine.current();
  SentSignal* const taken = take(self.id, ~self.signals_blocked);
  if (taken != nullptr) {
    record(engine, Op::signal_wait, Effect::done, *taken, TaskId::none(), site);
  }
  return taken;
}

}  // namespace heddle
