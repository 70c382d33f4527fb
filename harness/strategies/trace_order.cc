#include "strategies/trace_order.h"

#include "base/rng.h"

namespace heddle {

TraceOrder::TraceOrder()
    : steps_(kMostSteps),
      items_(size_t{1} << 26),
      clocks_(size_t{1} << 30),
      used_(size_t{1} << 26),
      rows_(size_t{1} << 30),
      races_(kMostSteps),
      dependencies_(kMostSteps),
      waiting_races_(kMostSteps) {}

void TraceOrder::begin_execution() {
  ++stamp_;
  steps_.resize(0);
  items_.resize(0);
  clocks_.resize(0);
  used_.resize(0);
  rows_.resize(0);
  races_.resize(0);
  tasks_ = 0;
  created_count_ = 0;
  fingerprint_ = 0;
  woken_ = SearchedTasks();
}

TraceOrder::Mark TraceOrder::mark() const {
  return {steps_.size(), items_.size(), clocks_.size(), used_.size(),
          rows_.size(),  tasks_,        fingerprint_};
}

void TraceOrder::rewind(const Mark& mark) {
  for (uint32_t i = steps_.size(); i-- > mark.steps;) {
    const Step& step = steps_[i];
    numbers_[step.task.index()] = step.number - 1;
    last_[step.task.index()] = step.previous;
  }
  for (uint32_t i = used_.size(); i-- > mark.used;) {
    heads_[bucket_of(used_[i].item.key)] = used_[i].before;
  }
  while (rows_.size() > mark.rows) {
    const uint32_t task = rows_.back();
    const uint32_t width = rows_[rows_.size() - 2];
    rows_.resize(rows_.size() - 2 - width);
    for (uint32_t i = 0; i < width; ++i) now_[task][i] = rows_[rows_.size() + i];
  }
  steps_.resize(mark.steps);
  items_.resize(mark.items);
  clocks_.resize(mark.clocks);
  used_.resize(mark.used);
  races_.resize(0);
  tasks_ = mark.tasks;
  created_count_ = 0;
  fingerprint_ = mark.fingerprint;
  woken_ = SearchedTasks();
}

// Before what the task knows changes.
void TraceOrder::keep_row(uint32_t task) {
  for (uint32_t i = 0; i < tasks_; ++i) rows_.add(now_[task][i]);
  rows_.add(tasks_);
  rows_.add(task);
}

void TraceOrder::task_created(TaskId task, TaskId creator, uint32_t child) {
  const uint32_t i = task.index();
  tasks_ = i + 1;
  numbers_[i] = 0;
  last_[i] = kNone;
  names_[i] = creator.valid() ? mix64(names_[creator.index()] ^ child) : 1;
  for (uint32_t j = 0; j < tasks_; ++j) now_[i][j] = now_[j][i] = 0;
  if (creator.valid()) created_[created_count_++] = i;
}

void TraceOrder::open(TaskId task, uint32_t node) {
  Step step;
  step.task = task;
  step.number = ++numbers_[task.index()];
  step.node = node;
  step.items = items_.size();
  step.previous = last_[task.index()];
  steps_.add(step);
  woken_ = SearchedTasks();
}

void TraceOrder::add(const Item& item) {
  for (uint32_t i = steps_.back().items; i < items_.size(); ++i) {
    Item& known = items_[i];
    const bool same = known.key == item.key && known.use == item.use && known.holds == item.holds &&
                      known.holds_shared == item.holds_shared && known.count == item.count &&
                      known.waits == item.waits;
    if (!same) continue;
    known.mask |= item.mask;
    return;
  }
  items_.add(item);
}

void TraceOrder::joined(TaskId ended) {
  keep_row(steps_.back().task.index());
  uint32_t* const own = now_[steps_.back().task.index()];
  const uint32_t* const other = now_[ended.index()];
  for (uint32_t i = 0; i < tasks_; ++i) own[i] = own[i] < other[i] ? other[i] : own[i];
}

void TraceOrder::take_back() {
  const Step& step = steps_.back();
  --numbers_[step.task.index()];
  items_.resize(step.items);
  steps_.resize(steps_.size() - 1);
}

void TraceOrder::add_dependency(uint32_t step) {
  for (const uint32_t known : dependencies_) {
    if (known == step) return;
  }
  dependencies_.add(step);
}

void TraceOrder::add_race(uint32_t step) {
  for (const uint32_t known : races_) {
    if (known == step) return;
  }
  races_.add(step);
}

uint32_t TraceOrder::own_uses(TaskId task, uint64_t key) const {
  for (uint32_t i = last_use(key); i != kNone; i = used_[i].before) {
    if (used_[i].item.key == key && steps_[used_[i].step].task == task) return used_[i].number;
  }
  return 0;
}

// The uses that the item depends on, up to those by which all earlier ones are known.
void TraceOrder::find_dependencies(TaskId task, const Item& item) {
  uint8_t open = item.mask;
  const uint64_t here = mix64(names_[task.index()] ^ own_uses(task, item.key));
  for (uint32_t i = last_use(item.key); i != kNone && open != 0; i = used_[i].before) {
    const Used& used = used_[i];
    if (used.item.key != item.key || (used.item.mask & open) == 0) continue;
    if (!dependent(item, used.item)) continue;
    const TaskId other = steps_[used.step].task;
    if (!(other == task)) {
      add_dependency(used.step);
      fingerprint_ += mix64(item.key ^ mix64(names_[other.index()] ^ used.number) ^ (here >> 1));
    }
    if (used.item.use == Use::write) open &= static_cast<uint8_t>(~used.item.mask);
  }
}

// Whether `item`, which waits, could go on before `other`, once everything has been done that does
// not come after it.
bool TraceOrder::could_come_before(const Item& item, const Used& other) const {
  if (other.item.count == Item::kUnknown) return true;
  if (other.item.count != Item::kNoCount) return other.item.count > 0;
  int32_t holds = 0;
  int32_t shared = 0;
  for (uint32_t i = last_use(item.key); i != kNone; i = used_[i].before) {
    const Used& used = used_[i];
    if (used.item.key != item.key || used.step == other.step) continue;
    if (used.step > other.step && before(other.step, used.step)) continue;
    holds += used.item.holds;
    shared += used.item.holds_shared;
  }
  return holds == 0 && (item.use == Use::shared || shared == 0);
}

void TraceOrder::find_waiting_races(TaskId task, const Item& item) {
  for (uint32_t i = last_use(item.key); i != kNone; i = used_[i].before) {
    const Used& used = used_[i];
    if (!dependent(item, used.item)) continue;
    const bool is_last = used.item.use == Use::write && used.item.count != Item::kUnknown;
    const bool own = steps_[used.step].task == task || known(task, used.step);
    if (own && is_last) return;
    // Who frees it did not keep others from it before.
    if (own || used.item.holds < 0 || !could_come_before(item, used)) continue;
    waiting_races_.add(used.step);
    if (is_last) return;
  }
}

// Of what the step depends on, that which nothing else of it comes after.
void TraceOrder::find_races(TaskId task) {
  for (const uint32_t earlier : dependencies_) {
    if (known(task, earlier)) continue;
    bool direct = true;
    for (const uint32_t other : dependencies_) {
      if (other != earlier && before(earlier, other)) direct = false;
    }
    if (direct) add_race(earlier);
  }
  for (const uint32_t earlier : waiting_races_) add_race(earlier);
}

void TraceOrder::keep_uses(uint32_t step) {
  for (uint32_t i = steps_[step].items; i < items_.size(); ++i) {
    const uint64_t key = items_[i].key;
    const uint32_t number = own_uses(steps_[step].task, key) + 1;
    used_.add(Used{items_[i], step, last_use(key), number});
    stamps_[bucket_of(key)] = stamp_;
    heads_[bucket_of(key)] = used_.size() - 1;
  }
}

void TraceOrder::close(bool want_races) {
  const uint32_t number = steps_.size() - 1;
  Step& step = steps_.back();
  const uint32_t self = step.task.index();
  dependencies_.resize(0);
  waiting_races_.resize(0);
  races_.resize(0);
  racer_ = self;
  racer_waits_ = false;
  keep_row(self);
  uint32_t* const own = now_[self];
  for (uint32_t i = 0; i < tasks_; ++i) before_[i] = own[i];
  for (uint32_t i = step.items; i < items_.size(); ++i) {
    const Item item = items_[i];
    if (item.waits && want_races) find_waiting_races(step.task, item);
    if (!item.waits) find_dependencies(step.task, item);
  }
  if (want_races) find_races(step.task);
  for (uint32_t i = step.items; i < items_.size(); ++i) {
    if (items_[i].waits) find_dependencies(step.task, items_[i]);
  }
  for (const uint32_t earlier : dependencies_) {
    const Step& other = steps_[earlier];
    for (uint32_t i = 0; i < other.width; ++i) {
      const uint32_t theirs = clocks_[other.clock + i];
      own[i] = own[i] < theirs ? theirs : own[i];
    }
  }
  own[self] = step.number;
  step.width = tasks_;
  step.clock = clocks_.size();
  for (uint32_t i = 0; i < tasks_; ++i) clocks_.add(own[i]);
  last_[self] = number;
  keep_uses(number);
  const auto learns = [&](uint32_t task) {
    keep_row(task);
    for (uint32_t i = 0; i < tasks_; ++i) {
      now_[task][i] = now_[task][i] < own[i] ? own[i] : now_[task][i];
    }
  };
  for (uint32_t i = 0; i < created_count_; ++i) learns(created_[i]);
  created_count_ = 0;
  for (uint32_t i = woken_.next(0); i < tasks_; i = woken_.next(i + 1)) learns(i);
}

void TraceOrder::enable(TaskId task) {
  const Step& by = steps_.back();
  keep_row(task.index());
  uint32_t* const theirs = now_[task.index()];
  for (uint32_t i = 0; i < by.width; ++i) {
    const uint32_t known_by = clocks_[by.clock + i];
    theirs[i] = theirs[i] < known_by ? known_by : theirs[i];
  }
}

void TraceOrder::race_pending(TaskId task, const Item& item) {
  dependencies_.resize(0);
  waiting_races_.resize(0);
  races_.resize(0);
  racer_ = task.index();
  racer_waits_ = true;
  for (uint32_t i = 0; i < tasks_; ++i) before_[i] = now_[racer_][i];
  find_waiting_races(task, item);
  for (const uint32_t earlier : waiting_races_) add_race(earlier);
  const uint64_t done = fingerprint_;
  find_dependencies(task, item);
  fingerprint_ = done;
}

void TraceOrder::race_with_end() {
  races_.resize(0);
  const Step& end = steps_.back();
  for (uint32_t i = 0; i < tasks_; ++i) {
    if (i == end.task.index() || last_[i] == kNone) continue;
    if (!covers(end, TaskId(i), steps_[last_[i]].number)) add_race(last_[i]);
  }
}

bool TraceOrder::initials(uint32_t earlier, const SearchedTasks& enough, SearchedTasks& found) {
  found = SearchedTasks();
  SearchedTasks seen;
  uint32_t first[kMaxSearched];  // step of each task seen
  uint32_t order[kMaxSearched];  // the tasks seen
  uint32_t count = 0;
  const uint32_t end = racer_waits_ ? steps_.size() : steps_.size() - 1;
  for (uint32_t i = earlier + 1; i < end; ++i) {
    const Step& step = steps_[i];
    if (seen.has(step.task) || before(earlier, i)) continue;
    bool initial = true;
    for (uint32_t j = 0; j < count && initial; ++j) initial = !before(first[order[j]], i);
    seen.add(step.task);
    first[step.task.index()] = i;
    order[count++] = step.task.index();
    if (!initial) continue;
    if (enough.has(step.task)) return true;
    found.add(step.task);
  }
  const TaskId racer(racer_);
  if (seen.has(racer)) return false;
  for (uint32_t j = 0; j < count; ++j) {
    const Step& known = steps_[first[order[j]]];
    if (before_[known.task.index()] >= known.number) return false;
    for (const uint32_t other : dependencies_) {
      if (other == earlier || before(earlier, other)) continue;
      if (other == first[order[j]] || before(first[order[j]], other)) return false;
    }
  }
  if (enough.has(racer)) return true;
  found.add(racer);
  return false;
}

}  // namespace heddle
