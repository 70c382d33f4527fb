#include "detectors/data_race.h"

namespace heddle {
namespace {

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

// The task has done the like in this epoch already: `record` says it all. Looked at for the first
// record as well as in `settled`: which of two equal accesses a record names must not depend on
// whether their granule is a scheduling point.
bool says_it_all(const Record& record, const Record& access) {
  return (access.mask() & ~record.mask()) == 0 && (record.settles() & kind_bit(access.kind())) != 0;
}

}  // namespace

// What an access leaves of the records before it, and what of it they have said already.
struct DataRaceDetector::Pass {
  Pass(const Record& access, const VectorClock& clock, Record& earlier)
      : access(access),
        clock(clock),
        dominates(rules_of(access.kind()).dominates),
        conflicts(rules_of(access.kind()).conflicts),
        settled_by(kind_bit(access.kind())),
        open(access.mask()),
        earlier(&earlier) {}

  const Record access;
  const VectorClock& clock;
  const uint32_t dominates;  // KindRules
  const uint32_t conflicts;
  const uint32_t settled_by;  // kind_bit of the access
  uint32_t open;              // bytes of which no record of this epoch says it all
  uint32_t merged = 0;        // bytes of a record of the same instruction and epoch
  uint32_t settler = 0;       // the place of a record that says it all of other bytes
  uint32_t raced = 0;         // bytes of which the access races
  uint32_t kept = 0;          // records that stay
  Record* earlier;            // with what it races

  // True: the record stays, as `record` is now.
  inline __attribute__((always_inline)) bool keeps(Record& record) {
    const uint32_t overlap = record.mask() & access.mask();
    const bool at_once = record.epoch() == access.epoch();
    if (at_once && record.same_access(access)) {
      merged |= record.mask();
      return false;
    }
    if (overlap == 0) return true;
    const uint32_t kind = kind_bit(record.kind());
    if (is_ordered(record, access, clock)) {
      if ((dominates & kind) != 0) {
        record.drop(overlap);
      } else if (at_once && (record.settles() & settled_by) != 0) {
        open &= ~overlap;
        settler = kept;
      }
    } else if ((conflicts & kind) != 0) {
      if (raced == 0) {
        *earlier = record;
        earlier->set_mask(overlap);
      }
      raced |= overlap;
      record.drop(overlap);
    }
    return record.mask() != 0;
  }

  // The record of what is new in the access; an empty one when nothing is.
  Record news() const {
    Record record = access;
    if ((merged & ~access.mask()) != 0) record.set_extent(Extent::merged(access.extent()));
    record.set_mask(open | merged);
    return record;
  }
};

// Where the task at work is likely to come again, its latest access comes first, as `settled` looks
// there; the one that was first goes last.
uint32_t DataRaceDetector::access_cell(Cell& cell, const VectorClock& clock, Record access) {
  if (!shadow_.current(cell)) shadow_.renew(cell);
  const uint32_t count = cell.count;
  if (__builtin_expect(count > Cell::kInline, 0)) return access_many(cell, clock, access);
  Record* const records = cell.records;
  Record left[Cell::kInline];
  Pass pass(access, clock, earlier_);
  for (uint32_t i = 0; i < count; ++i) {
    Record record = records[i];
    if (record.epoch() == access.epoch() && says_it_all(record, access)) {
      records[i] = records[0];
      records[0] = record;
      return 0;
    }
    if (pass.keeps(record)) left[pass.kept++] = record;
  }
  const Record news = pass.news();
  const uint32_t kept = pass.kept;
  if (__builtin_expect(news.mask() == 0 || kept == Cell::kInline, 0)) {
    for (uint32_t i = 0; i < kept; ++i) records[i] = left[i];
    put(cell, pass.kept, pass.settler, news);
    return pass.raced;
  }
  records[0] = news;
  for (uint32_t i = 1; i < kept; ++i) records[i] = left[i];
  if (kept > 0) records[kept] = left[0];
  cell.count = kept + 1;
  return pass.raced;
}

// Whether all that is known stays as it is and the access has nothing to do with it: another one of
// many that read what nobody has written meanwhile.
bool DataRaceDetector::is_only_added(Cell& cell, const VectorClock& clock,
                                     const Record& access) const {
  const KindRules& rules = rules_of(access.kind());
  const uint32_t kinds[] = {rules.conflicts, rules.dominates};
  const auto matters = [&](const Record& record) {
    const uint32_t of_kind =
        kinds[is_ordered(record, access, clock) ? 1 : 0] >> static_cast<uint32_t>(record.kind());
    return record.epoch() == access.epoch() ||
           ((of_kind & 1) != 0 && (record.mask() & access.mask()) != 0);
  };
  for (const Record& record : cell.records) {
    if (matters(record)) return false;
  }
  const Record* const more = &shadow_.record(cell, Cell::kInline);
  for (uint32_t i = 0; i < cell.count - Cell::kInline; ++i) {
    if (matters(more[i])) return false;
  }
  return true;
}

uint32_t DataRaceDetector::access_many(Cell& cell, const VectorClock& clock, Record access) {
  const uint32_t count = cell.count;
  if (is_only_added(cell, clock, access)) {
    shadow_.reserve(cell, count + 1);
    shadow_.record(cell, count) = cell.records[0];
    cell.records[0] = access;
    cell.count = count + 1;
    return 0;
  }
  for (uint32_t i = 0; i < count; ++i) {
    const Record record = shadow_.record(cell, i);
    if (record.epoch() != access.epoch() || !says_it_all(record, access)) continue;
    shadow_.record(cell, i) = cell.records[0];
    cell.records[0] = record;
    return 0;
  }
  Pass pass(access, clock, earlier_);
  for (uint32_t i = 0; i < count; ++i) {
    Record record = shadow_.record(cell, i);
    if (pass.keeps(record)) shadow_.record(cell, pass.kept++) = record;
  }
  put(cell, pass.kept, pass.settler, pass.news());
  return pass.raced;
}

// The cell's first records are those that stay. Of an access that has no news the one comes first
// that says it all.
void DataRaceDetector::put(Cell& cell, uint32_t kept, uint32_t settler, Record news) {
  const Record first = cell.records[0];
  cell.count = kept;
  if (news.mask() == 0) {
    cell.records[0] = shadow_.record(cell, settler);
    shadow_.record(cell, settler) = first;
    return;
  }
  if (kept > 0) {
    shadow_.reserve(cell, kept + 1);
    shadow_.record(cell, kept) = first;
  }
  cell.records[0] = news;
  cell.count = kept + 1;
}

const Detection* DataRaceDetector::check(Epoch now, const VectorClock& clock, uintptr_t address,
                                         size_t size, AccessKind kind, Site site) {
  bool found = false;
  const uintptr_t end = address + size;
  for (uintptr_t at = address; at < end;) {
    const uint32_t first = static_cast<uint32_t>(at % Shadow::kGranule);
    const size_t room = Shadow::kGranule - first;
    const uint32_t part = static_cast<uint32_t>(end - at < room ? end - at : room);
    const uint32_t raced =
        access_cell(shadow_.cell(at), clock, record_of(now, first, part, kind, site));
    if (raced != 0 && !found) {
      found = true;
      // A range is told by the part that raced: the size of an access is below 256.
      const bool whole = size <= 2 * Shadow::kGranule;
      fill(at - first, info_of(kind, now.task(), whole ? address : at, whole ? size : part, site));
    }
    at += part;
  }
  return found ? &detection_ : nullptr;
}

const Detection* DataRaceDetector::check_within(Cell& cell, const VectorClock& clock,
                                                uintptr_t address, size_t size,
                                                const Record& access) {
  if (__builtin_expect(access_cell(cell, clock, access) == 0, 1)) return nullptr;
  fill(address - address % Shadow::kGranule,
       info_of(access.kind(), access.at().task(), address, size, sites_.decode(access.site())));
  return &detection_;
}

void DataRaceDetector::fill(uintptr_t granule, const AccessInfo& later) {
  const Record& record = earlier_;
  const uint32_t size = Extent::size(record.extent());
  uint32_t first = Extent::first(record.extent());
  if (first >= Shadow::kGranule) {
    // One of several accesses that share the record: the one that is aligned as usual.
    first = static_cast<uint32_t>(__builtin_ctz(record.mask())) / size * size;
  }
  detection_.kind = FindingKind::data_race;
  detection_.partial = false;
  detection_.access = later;
  detection_.earlier = info_of(record.kind(), record.at().task(), granule + first, size,
                               sites_.decode(record.site()));
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
