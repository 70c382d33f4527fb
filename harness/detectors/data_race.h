// Happens-before data races, exact to the byte (FastTrack: Flanagan and Freund, PLDI 2009).
//
// Departures from the paper: a granule of 8 bytes keeps as many records as are needed, each about a
// set of bytes, instead of one write epoch and either one read epoch or a read clock; atomics are
// records of kinds of their own.
//
// 1. For each byte, the first access that races is reported, together with an earlier access that
//    truly races with it: nothing is dropped, nothing is guessed.
// 2. A record goes when an access of the same bytes comes that is ordered after it and conflicts
//    with everything it conflicts with: whatever would race with the record races with that, too.
// 3. The bytes that raced pass to the later access, so that one pair is one report.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/detection.h"
#include "core/vector_clock.h"
#include "detectors/shadow.h"
#include "detectors/sites.h"

namespace heddle {

class DataRaceDetector {
 public:
  // So much of a block is owned by malloc and checked by free.
  static constexpr size_t kOwned = 1024;

  DataRaceDetector(Shadow& shadow, SiteTable& sites) : shadow_(shadow), sites_(sites) {}

  // The race of one access with one granule's records.
  struct Hit {
    uint8_t raced = 0;  // bytes of the granule
    Record earlier;     // one of the accesses raced with; its mask are the bytes raced for
  };

  // True when the access is neither a scheduling point nor of any consequence, because the task has
  // done the like since its clock last advanced. Never of freed memory. Inline and without calls:
  // most accesses end here. `check` comes to the same for the others of that kind.
  bool settled(Epoch now, uintptr_t address, size_t size, AccessKind kind) const {
    const uintptr_t first = address % Shadow::kGranule;
    if (__builtin_expect(first + size > Shadow::kGranule, 0)) return false;
    const uint32_t mask = ((1u << size) - 1) << first;
    const Cell* const found = shadow_.recent_cell(address);
    if (__builtin_expect(found == nullptr, 0)) return false;
    const Cell& cell = *found;
    const Record& latest = cell.records[0];  // exists in every current cell that has an epoch …
    return shadow_.current(cell) && cell.flags == 0 && cell.count != 0 &&
           latest.epoch == now.packed() && (latest.mask & mask) == mask &&
           (latest.settles & kind_bit(kind)) != 0;
  }

  // An access within one granule to memory of which nothing is known yet in this execution (a new
  // stack frame or block): no scheduling point, and nothing can race with it.
  void first_access(Cell& cell, Epoch now, uintptr_t address, size_t size, AccessKind kind,
                    Site site) {
    shadow_.renew(cell);
    cell.count = 1;
    cell.records[0] = record_of(now, static_cast<uint32_t>(address % Shadow::kGranule),
                                static_cast<uint32_t>(size), kind, site);
  }

  // An access of any size at the epoch `now` of a task whose clock is `clock`. Null, or a race with
  // both sides filled in, valid until the next call. Of several races of one access, the first.
  // An atomic acquires before it is checked, and is checked at the epoch before its release.
  const Detection* check(Epoch now, const VectorClock& clock, uintptr_t address, size_t size,
                         AccessKind kind, Site site);

  // The same within one granule, whose cell this is.
  const Detection* check_within(Cell& cell, Epoch now, const VectorClock& clock, uintptr_t address,
                                size_t size, AccessKind kind, Site site);

  // malloc returned this block (aligned to 16): its cells are the allocator's, as if it had written
  // them; what was known of the memory is forgotten, scheduling points included. `reused`: the
  // block had another life in this execution.
  void allocated(Epoch now, uintptr_t address, size_t size, Site site, bool reused);

  // free is about to release this block.
  const Detection* freed(Epoch now, const VectorClock& clock, uintptr_t address, size_t size,
                         Site site) {
    return check(now, clock, address, size < kOwned ? size : kOwned, AccessKind::free, site);
  }

  // Forgets all accesses.
  void begin_execution() { shadow_.reset(); }

  // The rules, for one granule: `access` is the record of an access to it (see `record_of`).
  Hit access_cell(Cell& cell, const VectorClock& clock, Record access);
  // The record of an access to bytes [first, first + size) of a granule.
  Record record_of(Epoch now, uint32_t first, uint32_t size, AccessKind kind, Site site);

 private:
  void fill(const Hit& hit, uintptr_t granule, const AccessInfo& later);

  Shadow& shadow_;
  SiteTable& sites_;
  Detection detection_;
};

}  // namespace heddle
