#include "detectors/data_race.h"

namespace heddle {
namespace {

constexpr KindSet kReads = kind_bit(AccessKind::read);
constexpr KindSet kWrites = kind_bit(AccessKind::write);
constexpr KindSet kAtomicReads = kind_bit(AccessKind::atomic_read);
constexpr KindSet kAtomicWrites = kind_bit(AccessKind::atomic_write);
constexpr KindSet kFrees = kind_bit(AccessKind::free);
constexpr KindSet kAll = kReads | kWrites | kAtomicReads | kAtomicWrites | kFrees;

// What follows from "at least one writes, and not both are atomic", by AccessKind.
struct KindRules {
  KindSet conflicts;  // with accesses of these kinds
  KindSet dominates;  // earlier ones of these kinds conflict with nothing more than it does
  KindSet settles;    // later ones at the same epoch; not after free, whose misuse is to be seen
};
constexpr KindRules kRules[] = {
    /* read */ {kWrites | kAtomicWrites | kFrees, kReads | kAtomicReads, kReads | kAtomicReads},
    /* write */ {kAll, kAll, kAll & ~kFrees},
    /* atomic_read */ {kWrites | kFrees, kAtomicReads, kAtomicReads},
    /* atomic_write */
    {kReads | kWrites | kFrees, kAtomicReads | kAtomicWrites, kAtomicReads | kAtomicWrites},
    /* free */ {kAll, kAll, 0},
};

AccessInfo info_of(AccessKind kind, TaskId task, uintptr_t address, size_t size, Site site) {
  AccessInfo info;
  info.task = task;
  info.write = kind != AccessKind::read && kind != AccessKind::atomic_read;
  info.atomic = kind == AccessKind::atomic_read || kind == AccessKind::atomic_write;
  info.free = kind == AccessKind::free;
  info.size = static_cast<uint8_t>(size);
  info.address = address;
  info.site = site;
  return info;
}

Epoch epoch_of(const Record& record) {
  return Epoch(TaskId(static_cast<uint32_t>(record.epoch >> 32)),
               static_cast<uint32_t>(record.epoch));
}

// Whether the task has done the like in this epoch already; if so that record goes first. Where
// many tasks read one variable in turn this is what most accesses come to. The first record is
// looked at here as well as in `settled`: which of two equal accesses a record names must not
// depend on whether their granule is a scheduling point.
bool settled_by_any(const Shadow& shadow, Cell& cell, const Record& access) {
  const KindSet kind = kind_bit(access.kind);
  for (uint32_t i = 0; i < cell.count; ++i) {
    Record& record = shadow.record(cell, i);
    if (record.epoch != access.epoch || (record.mask & access.mask) != access.mask ||
        (record.settles & kind) == 0) {
      continue;
    }
    const Record front = record;
    record = cell.records[0];
    cell.records[0] = front;
    return true;
  }
  return false;
}

bool is_ordered(const Record& earlier, const Record& access, const VectorClock& clock) {
  return (earlier.epoch >> 32) == (access.epoch >> 32) || clock.covers(epoch_of(earlier));
}

// Whether nothing of what is known has to be kept beside the access, and all of it is of earlier
// epochs: what most accesses come to that are not settled, as memory is mostly one task's.
bool replaces_all(const Cell& cell, const VectorClock& clock, const Record& access,
                  KindSet dominates) {
  if (cell.count > Cell::kInline) return false;
  for (uint32_t i = 0; i < cell.count; ++i) {
    const Record& record = cell.records[i];
    if (record.epoch == access.epoch || (record.mask & ~access.mask) != 0 ||
        (kind_bit(record.kind) & dominates) == 0 || !is_ordered(record, access, clock)) {
      return false;
    }
  }
  return true;
}

// Puts `record` first, where `settled` looks: the task at work is likely to come again. The cell's
// first `kept` records stay, its others go.
void put_first(Shadow& shadow, Cell& cell, uint32_t kept, const Record& record) {
  if (kept > 0) {
    shadow.reserve(cell, kept + 1);
    shadow.record(cell, kept) = cell.records[0];
  }
  cell.records[0] = record;
  cell.count = kept + 1;
}

}  // namespace

Record DataRaceDetector::record_of(Epoch now, uint32_t first, uint32_t size, AccessKind kind,
                                   Site site) {
  Record record;
  record.epoch = now.packed();
  record.site = sites_.encode(site);
  record.mask = static_cast<uint8_t>(((1u << size) - 1) << first);
  record.kind = kind;
  record.settles = kRules[static_cast<uint32_t>(kind)].settles;
  record.extent = Extent::pack(first, size);
  return record;
}

DataRaceDetector::Hit DataRaceDetector::access_cell(Cell& cell, const VectorClock& clock,
                                                    Record access) {
  Hit hit;
  if (!shadow_.current(cell)) shadow_.renew(cell);
  const KindRules rules = kRules[static_cast<uint32_t>(access.kind)];
  if (replaces_all(cell, clock, access, rules.dominates)) {
    cell.records[0] = access;
    cell.count = 1;
    return hit;
  }
  if (settled_by_any(shadow_, cell, access)) return hit;
  const uint8_t mask = access.mask;
  uint8_t open = mask;   // bytes of which no record of this epoch says it all already
  uint8_t merged = 0;    // bytes of a record of the same instruction and epoch
  uint32_t settler = 0;  // the record that does, 0 when it is the first one already
  uint32_t kept = 0;
  const uint32_t count = cell.count;
  for (uint32_t i = 0; i < count; ++i) {
    Record record = shadow_.record(cell, i);
    const uint8_t overlap = record.mask & mask;
    const KindSet kind = kind_bit(record.kind);
    if (record.epoch == access.epoch && record.kind == access.kind && record.site == access.site) {
      merged |= record.mask;
      continue;
    }
    if (overlap != 0) {
      if (is_ordered(record, access, clock)) {
        if ((rules.dominates & kind) != 0) {
          record.mask ^= overlap;
        } else if (record.epoch == access.epoch && (record.settles & kind_bit(access.kind)) != 0) {
          open &= static_cast<uint8_t>(~overlap);
          settler = kept;
        }
      } else if ((rules.conflicts & kind) != 0) {
        if (hit.raced == 0) {
          hit.earlier = record;
          hit.earlier.mask = overlap;
        }
        hit.raced |= overlap;
        record.mask ^= overlap;
      }
    }
    if (record.mask != 0) {
      if (kept != i || overlap != 0) shadow_.record(cell, kept) = record;
      ++kept;
    }
  }
  access.mask = open | merged;
  if ((merged & ~mask) != 0) access.extent = Extent::merged(access.extent);
  if (access.mask != 0) {
    put_first(shadow_, cell, kept, access);
    return hit;
  }
  cell.count = kept;
  const Record front = shadow_.record(cell, settler);
  shadow_.record(cell, settler) = cell.records[0];
  cell.records[0] = front;
  return hit;
}

const Detection* DataRaceDetector::check(Epoch now, const VectorClock& clock, uintptr_t address,
                                         size_t size, AccessKind kind, Site site) {
  bool found = false;
  const uintptr_t end = address + size;
  for (uintptr_t at = address; at < end;) {
    const uint32_t first = static_cast<uint32_t>(at % Shadow::kGranule);
    const size_t room = Shadow::kGranule - first;
    const uint32_t part = static_cast<uint32_t>(end - at < room ? end - at : room);
    const Hit hit = access_cell(shadow_.cell(at), clock, record_of(now, first, part, kind, site));
    if (hit.raced != 0 && !found) {
      found = true;
      // A range is told by the part that raced: the size of an access is below 256.
      const bool whole = size <= 2 * Shadow::kGranule;
      fill(hit, at - first,
           info_of(kind, now.task(), whole ? address : at, whole ? size : part, site));
    }
    at += part;
  }
  return found ? &detection_ : nullptr;
}

const Detection* DataRaceDetector::check_within(Cell& cell, Epoch now, const VectorClock& clock,
                                                uintptr_t address, size_t size, AccessKind kind,
                                                Site site) {
  const auto first = static_cast<uint32_t>(address % Shadow::kGranule);
  const Hit hit =
      access_cell(cell, clock, record_of(now, first, static_cast<uint32_t>(size), kind, site));
  if (__builtin_expect(hit.raced == 0, 1)) return nullptr;
  fill(hit, address - first, info_of(kind, now.task(), address, size, site));
  return &detection_;
}

void DataRaceDetector::fill(const Hit& hit, uintptr_t granule, const AccessInfo& later) {
  const Record& record = hit.earlier;
  const uint32_t size = Extent::size(record.extent);
  uint32_t first = Extent::first(record.extent);
  if (first >= Shadow::kGranule) {
    // One of several accesses that share the record: the one that is aligned as usual.
    first = static_cast<uint32_t>(__builtin_ctz(record.mask)) / size * size;
  }
  detection_.kind = FindingKind::data_race;
  detection_.partial = false;
  detection_.access = later;
  detection_.earlier = info_of(record.kind, epoch_of(record).task(), granule + first, size,
                               sites_.decode(record.site));
  detection_.object = ObjectId();
  detection_.step = 0;
  detection_.detail[0] = 0;
}

void DataRaceDetector::allocated(Epoch now, uintptr_t address, size_t size, Site site,
                                 bool reused) {
  const size_t owned = size < kOwned ? (size + 7) & ~size_t{7} : kOwned;
  const Record record = record_of(now, 0, Shadow::kGranule, AccessKind::write, site);
  for (uintptr_t at = address; at < address + owned; at += Shadow::kGranule) {
    Cell& cell = shadow_.cell(at);
    shadow_.renew(cell);
    cell.count = 1;
    cell.records[0] = record;
  }
  if (reused && size > owned) shadow_.clear(address + owned, size - owned);
}

}  // namespace heddle
