// pthread_rwlock_t, as glibc's: many read, or one writes (POSIX.1-2017, pthread_rwlock_rdlock).
//
// Unless the lock prefers writers, a reader enters whenever nobody writes, however many writers
// wait, and as often as it likes; who of all that could enter does so is the scheduler's choice.
#pragma once

#include "sync/objects.h"

namespace heddle {

class RwLock : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::rwlock;

  enum class Mode : uint8_t { read, write };
  struct Request {
    Mode mode = Mode::read;
    bool prefers_writers = false;  // readers let those writers go first that wait for other readers
    uint64_t deadline_ns = kNoDeadline;
  };

  // 0, EDEADLK (the caller writes), ETIMEDOUT. A reader that wants to write waits for itself.
  int lock(Engine& engine, const Request& request, Site site);
  // 0 or EBUSY, also when it is the caller who writes.
  int try_lock(Engine& engine, const Request& request, Site site);
  // Of whichever mode the caller has.
  void unlock(Engine& engine, Site site);

  // Whether anybody holds it or waits for it.
  bool in_use() const;

 private:
  struct Reader {
    TaskId task;
    uint32_t depth = 0;
    Reader* next = nullptr;
  };

  bool may_enter(const Request& request) const;
  void enter(Engine& engine, Mode mode, Site site);
  void leave_as_reader(Engine& engine, Reader** reader, Site site);
  Wake wait(Engine& engine, const Request& request, const Operation& operation);
  void update(Engine& engine, bool prefers_writers);
  Reader** find_reader(TaskId task);
  void record(Engine& engine, Op op, Effect effect, uint64_t value, Site site) const;
  static Op op_of(Mode mode) { return mode == Mode::read ? Op::read_lock : Op::write_lock; }

  WaitQueue read_waiters_;
  WaitQueue write_waiters_;
  TaskId writer_;          // holds it
  TaskId waiting_writer_;  // one of those who wait
  Reader* readers_ = nullptr;
  Reader* spare_readers_ = nullptr;
  TaskSet* reader_set_ = nullptr;  // the tasks of readers_
  bool prefers_writers_ = false;   // as the last request said
};

}  // namespace heddle
