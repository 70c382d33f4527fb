// From ThreadSanitizer's reports to detections, and its options.
#include "runtime/judge_tsan/interface.h"
#include "runtime/judge_tsan/thread_sanitizer.h"

namespace heddle {
namespace {

bool starts_with(const char* text, const char* prefix) {
  for (; *prefix != 0; ++text, ++prefix) {
    if (*text != *prefix) return false;
  }
  return true;
}

}  // namespace

TaskId ThreadSanitizer::task_of(void* report, int tid) const {
  for (unsigned long i = 0;; ++i) {
    int found = 0, running = 0, parent = 0;
    unsigned long long os_id = 0;
    const char* name = nullptr;
    void* trace[1] = {nullptr};
    // Beyond the last one it ends the process: stop at the one that is looked for.
    judge___tsan_get_report_thread(report, i, &found, &os_id, &running, &name, &parent, trace, 1);
    if (found != tid) continue;
    if (name == nullptr || *name < '0' || *name > '9') return TaskId::none();
    uint32_t slot = 0;
    for (; *name != 0; ++name) slot = 10 * slot + static_cast<uint32_t>(*name - '0');
    const Task* task = runtime_.engine.task_in(slot);
    return task == nullptr ? TaskId::none() : task->id;
  }
}

bool ThreadSanitizer::describe_access(void* report, int index, AccessInfo& access) const {
  int tid = 0, size = 0, write = 0, atomic = 0;
  void* address = nullptr;
  void* trace[2] = {nullptr};
  judge___tsan_get_report_mop(report, static_cast<unsigned long>(index), &tid, &address, &size,
                              &write, &atomic, trace, 2);
  access.task = task_of(report, tid);
  access.write = write != 0;
  access.atomic = atomic != 0;
  access.size = static_cast<uint8_t>(size);
  access.address = reinterpret_cast<uintptr_t>(address);
  access.site = Site{reinterpret_cast<uintptr_t>(trace[0])};
  return access.task.valid();
}

void ThreadSanitizer::on_report(void* report) {
  if (!runtime_.engine.running()) return;
  const char* type = "";
  int count = 0, stacks = 0, accesses = 0, locations = 0, mutexes = 0, threads = 0, tids = 0;
  void* sleep_trace[1] = {nullptr};
  judge___tsan_get_report_data(report, &type, &count, &stacks, &accesses, &locations, &mutexes,
                               &threads, &tids, sleep_trace, 1);
  if (starts_with(type, "data-race") && accesses >= 2) report_race(report);
  if (starts_with(type, "lock-order-inversion")) report_lock_order();
}

void ThreadSanitizer::report_race(void* report) {
  Detection race;
  race.kind = FindingKind::data_race;
  race.judge = Judge::tsan;
  if (!describe_access(report, 0, race.access) || !describe_access(report, 1, race.earlier)) return;
  HeapBlock block;
  const bool known = runtime_.heap.describe(race.earlier.address, block);
  race.earlier.free = known && !block.live && block.freed_at == race.earlier.site;
  runtime_.found_race(race);
}

// It is told while the lock that closes the circle is taken. Of two locks the opposite order was
// noted before; of a longer circle the two orders that meet in this lock are told.
void ThreadSanitizer::report_lock_order() {
  Detection cycle;
  cycle.kind = FindingKind::lock_order_cycle;
  cycle.judge = Judge::tsan;
  cycle.object = taken_;
  bool opposite = false;
  for (uint32_t i = 0; i < order_count_ && !opposite; ++i) {
    if (!(orders_[i].object == taken_)) continue;
    for (uint32_t j = 0; j < order_count_ && !opposite; ++j) {
      if (!(orders_[j].held == taken_)) continue;
      opposite = orders_[j].object == orders_[i].held;
      cycle.held = orders_[i].held;
      cycle.access = orders_[i].access;
      cycle.earlier = orders_[j].access;
    }
  }
  runtime_.engine.report(cycle);
}

}  // namespace heddle

namespace __tsan {

struct ReportDesc;

// True: the report is dealt with, and neither printed nor counted.
HEDDLE_EXPORT bool OnReport(const ReportDesc* report, bool) {
  heddle::Runtime* runtime = heddle::process.runtime;
  if (runtime == nullptr || runtime->second_judge == nullptr) return true;
  auto* judge = static_cast<heddle::ThreadSanitizer*>(runtime->second_judge);
  // An access of the program led here, but what is done now is ours: a copy by memcpy would count
  // as its access, and a switch at it would leave ThreadSanitizer's locks held.
  heddle::Runtime* const controlled = heddle::process.controlled;
  heddle::process.controlled = nullptr;
  judge->on_report(const_cast<ReportDesc*>(report));
  heddle::process.controlled = controlled;
  return true;
}

}  // namespace __tsan

// Symbols are looked up later, by Heddle; the same race is told in every execution; misuse of locks
// and faults are Heddle's to find; nothing is waited for at the end.
extern "C" HEDDLE_EXPORT const char* __tsan_default_options() {
  return "symbolize=0:suppress_equal_stacks=0:suppress_equal_addresses=0:report_thread_leaks=0:"
         "report_mutex_bugs=0:report_destroy_locked=0:report_signal_unsafe=0:atexit_sleep_ms=0:"
         "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:"
         "second_deadlock_stack=1:print_module_map=0:exitcode=0:use_madv_dontdump=0";
}
