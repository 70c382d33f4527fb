// Races by definition, for tests of the clocks and the detector.
//
// The oracle knows nothing of clocks: it draws the edges of sequenced-before and synchronises-with
// as the C++20 standard states them, takes the transitive closure, and compares all pairs of
// accesses. For each byte the first access that races must be the same, and every race that the
// detector reports, later ones included, must be one.
#pragma once

#include <algorithm>
#include <bitset>
#include <string>
#include <vector>

#include "detectors/data_race.h"
#include "happens_before/happens_before.h"
#include "unit/mapped_arena.h"

namespace heddle {

inline constexpr uint32_t kMaxEvents = 96;
inline constexpr uint32_t kMemory = 24;  // bytes that are accessed
inline constexpr uintptr_t kBase = 0x100000000200;

enum class Do : uint8_t { access, lock, unlock, load, store, update, fence, create, join };

struct Step {
  Do what = Do::access;
  uint32_t task = 0;
  uint32_t other = 0;  // task created or joined; mutex
  uint32_t first = 0;  // memory accessed
  uint32_t size = 0;
  AccessKind kind = AccessKind::read;
  MemoryOrder order = MemoryOrder::relaxed;
  bool accesses() const {
    return what == Do::access || what == Do::load || what == Do::store || what == Do::update;
  }
};

// Happens-before by definition.
class Oracle {
 public:
  explicit Oracle(const std::vector<Step>& steps) : steps_(steps), before_(steps.size()) {
    for (size_t i = 0; i < steps.size(); ++i) add(i);
  }

  bool races(size_t a, size_t b) const {  // a before b in the execution
    const Step &x = steps_[a], &y = steps_[b];
    if (!x.accesses() || !y.accesses() || x.task == y.task || before_[b][a]) return false;
    const bool overlap = x.first < y.first + y.size && y.first < x.first + x.size;
    return overlap && (writes(x) || writes(y)) && !(atomic(x) && atomic(y));
  }
  bool races_on(size_t a, size_t b, uint32_t byte) const {
    return races(a, b) && covers(steps_[a], byte) && covers(steps_[b], byte);
  }
  static bool covers(const Step& step, uint32_t byte) {
    return byte >= step.first && byte < step.first + step.size;
  }

 private:
  static constexpr size_t kNone = ~size_t{0};

  static bool writes(const Step& s) {
    return s.kind != AccessKind::read && s.kind != AccessKind::atomic_read;
  }
  static bool atomic(const Step& s) {
    return s.kind == AccessKind::atomic_read || s.kind == AccessKind::atomic_write;
  }

  void edge(size_t from, size_t to) {
    before_[to] |= before_[from];
    before_[to][from] = true;
  }

  // All edges lead forward, so the closure is complete when a step has its own.
  void add(size_t i) {
    const Step& step = steps_[i];
    size_t previous = kNone;
    for (size_t k = 0; k < i; ++k) {
      const bool created_me = steps_[k].what == Do::create && steps_[k].other == step.task;
      if (steps_[k].task == step.task || created_me) previous = k;
      if (step.what == Do::join && steps_[k].task == step.other) edge(k, i);
      if (step.what == Do::join && steps_[k].what == Do::create && steps_[k].other == step.other) {
        edge(k, i);
      }
      if (step.what == Do::lock && steps_[k].what == Do::unlock && steps_[k].other == step.other) {
        edge(k, i);
      }
    }
    if (previous != kNone) edge(previous, i);
    const bool reads = step.what == Do::load || step.what == Do::update;
    if (reads && acquires(step.order)) synchronise(i, i);
    if (step.what != Do::fence || !acquires(step.order)) return;
    for (size_t k = 0; k < i; ++k) {  // atomic reads sequenced before an acquire fence
      const bool atomic_read = steps_[k].what == Do::load || steps_[k].what == Do::update;
      if (atomic_read && steps_[k].task == step.task) synchronise(k, i);
    }
  }

  // `reader` reads the latest store; every release in whose (hypothetical) release sequence that
  // lies synchronises with `target`.
  void synchronise(size_t reader, size_t target) {
    size_t from = write_before(reader);
    while (from != kNone) {
      if (releases(steps_[from].order)) edge(from, target);
      for (size_t k = 0; k < from; ++k) {
        const bool release_fence = steps_[k].what == Do::fence && releases(steps_[k].order);
        if (release_fence && steps_[k].task == steps_[from].task) edge(k, target);
      }
      if (steps_[from].what != Do::update) break;  // the head of the sequence
      from = write_before(from);
    }
  }

  size_t write_before(size_t i) const {
    for (size_t k = i; k > 0; --k) {
      const Step& other = steps_[k - 1];
      const bool changes = other.what == Do::store || other.what == Do::update;
      if (changes && other.first == steps_[i].first) return k - 1;
    }
    return kNone;
  }

  const std::vector<Step>& steps_;
  std::vector<std::bitset<kMaxEvents>> before_;
};

// The clocks and the detector, told the same steps.
class Judged {
 public:
  ~Judged() { shadow_.unmap(), sites_.unmap(); }

  void begin() {
    hb_.begin_execution(time_);
    detector_.begin_execution();
  }

  // Tells the clocks; returns the epoch at which the step accesses its memory.
  Epoch tell(const Step& step) {
    const TaskId task(step.task);
    const ObjectId mutex(10 + step.other), atomic(1 + step.first / 8);
    const Epoch now = hb_.now(task);
    switch (step.what) {
      case Do::access:
        return now;
      case Do::lock:
        return hb_.acquire(task, mutex), now;
      case Do::unlock:
        return hb_.release_assign(task, mutex), now;
      case Do::load:
        return hb_.atomic_load(task, atomic, step.order);
      case Do::store:
        return hb_.atomic_store(task, atomic, step.order);
      case Do::update:
        return hb_.atomic_update(task, atomic, step.order);
      case Do::fence:
        return hb_.fence(task, step.order), now;
      case Do::create:
        return hb_.task_created(task, TaskId(step.other), time_), now;
      case Do::join:
        return hb_.joined(task, TaskId(step.other)), now;
    }
    return now;
  }

  // The bytes of the step that race, by the detector; every race must be one by definition, else
  // `wrong` says which is not.
  uint64_t detect(const Step& step, size_t i, Epoch at, const Oracle& oracle, std::string& wrong) {
    const VectorClock& clock = hb_.clock(TaskId(step.task));
    uint64_t raced = 0;
    if (detector_.settled(at, kBase + step.first, step.size, step.kind)) return 0;
    for (uint32_t byte = step.first; byte < step.first + step.size;) {
      const uint32_t first = byte % 8;
      const uint32_t size = std::min(8 - first, step.first + step.size - byte);
      const uint32_t raced_here =
          detector_.access_cell(shadow_.cell(kBase + byte), clock,
                                detector_.record_of(at, first, size, step.kind, Site{i + 1}));
      raced |= uint64_t{raced_here} << (byte - first);
      if (raced_here != 0) {
        const size_t other = sites_.decode(detector_.earlier().site()).pc - 1;
        for (uint32_t bit = 0; bit < 8; ++bit) {
          if ((detector_.earlier().mask() >> bit & 1) == 0) continue;
          if (oracle.races_on(other, i, byte - first + bit)) continue;
          wrong = std::to_string(other) + " and " + std::to_string(i);
        }
      }
      byte += size;
    }
    return raced;
  }

  const Detection* check(const Step& step, size_t i, Epoch at) {
    return detector_.check(at, hb_.clock(TaskId(step.task)), kBase + step.first, step.size,
                           step.kind, Site{i + 1});
  }

 private:
  uint64_t time_ = 0;
  MappedArena arena_;
  Shadow shadow_;
  SiteTable sites_{0};
  HappensBefore hb_{*arena_};
  DataRaceDetector detector_{shadow_, sites_};
};

// Each byte on which the step is the second of a race.
inline uint64_t racy_bytes(const Oracle& oracle, size_t i) {
  uint64_t bytes = 0;
  for (uint32_t byte = 0; byte < kMemory; ++byte) {
    for (size_t k = 0; k < i; ++k) {
      if (oracle.races_on(k, i, byte)) bytes |= uint64_t{1} << byte;
    }
  }
  return bytes;
}

}  // namespace heddle
