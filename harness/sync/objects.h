// What operations are about: the table of one execution's synchronisation objects.
//
// Each model (mutex, condition variable, …) is an Object placed in the execution's arena. Where an
// object's address leads to its id is the runtime's business (it keeps ids in shadow cells, so that
// memory that is freed or constructed anew forgets its objects).
#pragma once

#include <cstdint>

#include "engine/engine.h"

namespace heddle {

// X(enumerator, word for reports when the object has no name)
#define HEDDLE_OBJECT_KINDS(X)         \
  X(atomic, "atomic")                  \
  X(mutex, "mutex")                    \
  X(condition, "condition variable")   \
  X(once, "once flag")                 \
  X(futex, "futex")                    \
  X(rwlock, "read-write lock")         \
  X(semaphore, "semaphore")            \
  X(barrier, "barrier")                \
  X(file, "file")                      \
  X(file_lock, "file lock")            \
  X(spin_lock, "spin lock")            \
  X(cancellation, "request to cancel") \
  X(absl_mutex, "absl::Mutex")         \
  X(signal, "signal")                  \
  X(signals, "signals")

enum class ObjectKind : uint8_t {
#define X(name, word) name,
  HEDDLE_OBJECT_KINDS(X)
#undef X
};
const char* word(ObjectKind kind);

struct Object {
  ObjectId id;
  ObjectKind kind = ObjectKind::atomic;
  ObjectId next;  // another object of the same shadow cell
  uintptr_t address = 0;
  uint64_t time_ns = 0;  // virtual time of the last notify, for objects without order of their own
  Site first_use;
  TaskId user;                 // the first task that used it
  bool shared = false;         // another one did, too
  const char* name = nullptr;  // in the execution's arena: a file's path; null: named by address

  // Virtual time along an edge that is no happens-before: from a notify to whom it woke. All other
  // edges are carried by HappensBefore.
  void take_time(Engine& engine) const { engine.advance_to(time_ns); }
  void give_time(const Engine& engine) {
    if (time_ns < engine.now_ns()) time_ns = engine.now_ns();
  }
};

class Objects {
 public:
  static constexpr uint32_t kMaxObjects = 1u << 22;  // Cell::object has 24 bits

  Objects(Engine& engine, Arena& permanent)
      : engine_(engine),
        table_(static_cast<Object**>(permanent.allocate(kMaxObjects * sizeof(Object*), 64))) {}

  void begin_execution() { count_ = shared_ = 0; }

  // A model M with M::kKind, in its initial state.
  template <typename M>
  M& make(uintptr_t address, Site first_use) {
    HEDDLE_CHECK(count_ + 1 < kMaxObjects);
    M* fresh = engine_.arena().make<M>();
    fresh->id = ObjectId(++count_);
    fresh->kind = M::kKind;
    fresh->address = address;
    fresh->first_use = first_use;
    table_[count_] = fresh;
    return *fresh;
  }

  Object& get(ObjectId id) const {
    HEDDLE_CHECK(id.valid() && id.index() <= count_);
    return *table_[id.index()];
  }
  uint32_t count() const { return count_; }

  void note_use(ObjectId id, TaskId task) {
    Object& object = get(id);
    if (object.shared || object.user == task) return;
    object.shared = object.user.valid();
    if (object.shared) ++shared_;
    object.user = task;
  }
  // How many were used by two tasks or more.
  uint32_t shared() const { return shared_; }

 private:
  Engine& engine_;
  Object** table_;
  uint32_t count_ = 0;
  uint32_t shared_ = 0;
};

}  // namespace heddle
