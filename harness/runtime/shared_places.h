// Memory that several tasks have touched in some execution of a search, where no PointSet names it
// by an allocation: it was there before the first execution, so that its address is its name.
#pragma once

#include <cstdint>

#include "base/arena.h"

namespace heddle {

class SharedPlaces {
 public:
  static constexpr uint32_t kMost = 1u << 20;

  explicit SharedPlaces(Arena& arena)
      : places_(
            static_cast<uintptr_t*>(arena.allocate(kMost * sizeof(uintptr_t), alignof(uintptr_t)))),
        count_(*arena.make<uint32_t>()) {}

  // A granule that is not yet there.
  void add(uintptr_t granule) {
    HEDDLE_CHECK(count_ < kMost);
    places_[count_++] = granule;
    grown_ = true;
  }
  void note_growth() { grown_ = true; }
  // Whether this execution has met memory that was not known to be shared at its start.
  bool grown() const { return grown_; }
  void begin_execution() { grown_ = false; }
  void forget() { count_ = 0; }

  const uintptr_t* begin() const { return places_; }
  const uintptr_t* end() const { return places_ + count_; }

 private:
  uintptr_t* places_;
  uint32_t& count_;  // beside them: who shares the arena shares what is known
  bool grown_ = false;
};

}  // namespace heddle
