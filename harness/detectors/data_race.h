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

// What follows from "at least one writes, and not both are atomic", by AccessKind.
struct KindRules {
  KindSet conflicts;  // with accesses of these kinds
  KindSet dominates;  // earlier ones of these kinds conflict with nothing more than it does
  KindSet settles;    // later ones at the same epoch; not after free, whose misuse is to be seen
};

inline const KindRules& rules_of(AccessKind kind) {
  constexpr KindSet kReads = kind_bit(AccessKind::read);
  constexpr KindSet kWrites = kind_bit(AccessKind::write);
  constexpr KindSet kAtomicReads = kind_bit(AccessKind::atomic_read);
  constexpr KindSet kAtomicWrites = kind_bit(AccessKind::atomic_write);
  constexpr KindSet kFrees = kind_bit(AccessKind::free);
  constexpr KindSet kAll = kReads | kWrites | kAtomicReads | kAtomicWrites | kFrees;
  static constexpr KindRules kRules[] = {
      /* read */ {kWrites | kAtomicWrites | kFrees, kReads | kAtomicReads, kReads | kAtomicReads},
      /* write */ {kAll, kAll, kAll & ~kFrees},
      /* atomic_read */ {kWrites | kFrees, kAtomicReads, kAtomicReads},
      /* atomic_write */
      {kReads | kWrites | kFrees, kAtomicReads | kAtomicWrites, kAtomicReads | kAtomicWrites},
      /* free */ {kAll, kAll, 0},
  };
  return kRules[static_cast<uint32_t>(kind)];
}

inline bool is_ordered(const Record& earlier, const Record& access, const VectorClock& clock) {
  return earlier.same_task(access) || clock.covers(earlier.at());
}

class DataRaceDetector {
 public:
  // So much of a block is owned by malloc and checked by free.
  static constexpr size_t kOwned = 1024;

  DataRaceDetector(Shadow& shadow, SiteTable& sites) : shadow_(shadow), sites_(sites) {}

  // True when the access is neither a scheduling point nor of any consequence, because the task has
  // done the like since its clock last advanced. Never of freed memory. Inline and without calls:
  // most accesses end here. `check` comes to the same for the others of that kind.
  bool settled(Epoch now, uintptr_t address, size_t size, AccessKind kind) const {
    const uintptr_t first = address % Shadow::kGranule;
    if (__builtin_expect(first + size > Shadow::kGranule, 0)) return false;
    const Cell* const cell = shadow_.recent_cell(address);
    if (__builtin_expect(cell == nullptr, 0)) return false;
    return shadow_.current(*cell) &&
           settled_in(*cell, now, mask_of(static_cast<uint32_t>(first), size), kind);
  }

  // The same of bytes of one granule, whose current cell this is.
  static bool settled_in(const Cell& cell, Epoch now, uint32_t mask, AccessKind kind) {
    const Record& latest = cell.records[0];  // exists in every current cell that has an epoch …
    return cell.flags == 0 && cell.count != 0 && latest.epoch() == now.packed() &&
           (latest.mask() & mask) == mask && (latest.settles() & kind_bit(kind)) != 0;
  }

  // Bytes [first, first + size) of a granule.
  static uint32_t mask_of(uint32_t first, size_t size) { return ((1u << size) - 1) << first; }

  // An access within one granule to memory of which nothing is known yet in this execution (a new
  // stack frame or block): no scheduling point, and nothing can race with it.
  void first_access(Cell& cell, const Record& access) {
    shadow_.renew(cell);
    cell.count = 1;
    cell.records[0] = access;
  }

  // Whether the access comes after the only one that is known of its granule and stands for that
  // one as well: what most accesses come to that are not settled, as memory is mostly one task's.
  // Then there is no more to do; nothing is done otherwise. Precondition: it is not settled.
  static bool replaces_only(Cell& cell, const VectorClock& clock, const Record& access) {
    const Record only = cell.records[0];
    if (cell.count != 1 || (only.mask() & ~access.mask()) != 0 ||
        (kind_bit(only.kind()) & rules_of(access.kind()).dominates) == 0 ||
        !is_ordered(only, access, clock)) {
      return false;
    }
    cell.records[0] = access;
    return true;
  }

  // An access of any size at the epoch `now` of a task whose clock is `clock`. Null, or a race with
  // both sides filled in, valid until the next call. Of several races of one access, the first.
  // An atomic acquires before it is checked, and is checked at the epoch before its release.
  const Detection* check(Epoch now, const VectorClock& clock, uintptr_t address, size_t size,
                         AccessKind kind, Site site);

  // The same within one granule, whose cell this is; `access` is its record.
  const Detection* check_within(Cell& cell, const VectorClock& clock, uintptr_t address,
                                size_t size, const Record& access);

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
  // Returns the bytes of the granule for which it races, as a mask; then `earlier` is one of the
  // accesses raced with, whose mask are the bytes raced for.
  uint32_t access_cell(Cell& cell, const VectorClock& clock, Record access);
  const Record& earlier() const { return earlier_; }
  // The record of an access to bytes [first, first + size) of a granule.
  Record record_of(Epoch now, uint32_t first, uint32_t size, AccessKind kind, Site site) {
    return record_at(now, first, size, kind, sites_.encode(site));
  }
  // The same where the site is in the table's form.
  static Record record_at(Epoch now, uint32_t first, uint32_t size, AccessKind kind,
                          uint32_t site) {
    return Record(now.packed(), site, mask_of(first, size), kind, rules_of(kind).settles,
                  Extent::pack(first, size));
  }

 private:
  void fill(uintptr_t granule, const AccessInfo& later);

  struct Pass;
  bool is_only_added(Cell& cell, const VectorClock& clock, const Record& access) const;
  uint32_t access_many(Cell& cell, const VectorClock& clock, Record access);
  void put(Cell& cell, uint32_t kept, uint32_t settler, Record news);

  Shadow& shadow_;
  SiteTable& sites_;
  Record earlier_ = {};
  Detection detection_;
};

}  // namespace heddle
