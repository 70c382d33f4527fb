#include "explorer/together.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/check.h"
#include "explorer/execution_loop.h"

namespace heddle {
namespace {

// Values one after the other, as they lie in memory: both sides are one build.
class Packer {
 public:
  template <typename T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  void put(const std::string& text) {
    put<uint64_t>(text.size());
    bytes_ += text;
  }
  template <typename T>
  void put(const std::vector<T>& all) {
    put<uint64_t>(all.size());
    for (const T& one : all) put(one);
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(const std::string& bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}
  bool done() const { return at_ == end_; }
  template <typename T>
  void get(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memcpy(static_cast<void*>(&value), take(sizeof(value)), sizeof(value));
  }
  void get(std::string& text) {
    const uint64_t size = get_size();
    text.assign(take(size), size);
  }
  template <typename T>
  void get(std::vector<T>& all) {
    all.resize(get_size());
    for (T& one : all) get(one);
  }

 private:
  uint64_t get_size() {
    uint64_t size = 0;
    get(size);
    return size;
  }
  const char* take(size_t size) {
    HEDDLE_CHECK(size <= static_cast<size_t>(end_ - at_));
    at_ += size;
    return at_ - size;
  }

  const char* at_;
  const char* const end_;
};

// An execution, told.
struct Record {
  ExecutionNumber number;
  PlainExecution plain;
  bool has_children = false;
  std::string outcome;  // empty: it has none
  std::vector<Detection> detections;
  // Where the mate had not met all of these before:
  std::string schedule;
  std::vector<std::vector<PointKey>> watch;  // by detection

  template <typename Sink, typename Self>
  static void visit(Sink&& each, Self& self) {
    each(self.number), each(self.plain), each(self.has_children), each(self.outcome);
    each(self.detections), each(self.schedule), each(self.watch);
  }
};

// ---- The mate -----------------------------------------------------------------------------------

class TellingSink : public ExecutionSink {
 public:
  TellingSink(const World& world, const ExploreOptions& options, MateLine& line)
      : world_(world), options_(options), line_(line) {}

  bool due() override {
    flush();
    return over_ || next_ >= options_.executions;
  }
  uint64_t executions_left() const override { return ExploreOptions::kNoLimit; }
  uint64_t steps_left() const override { return ExploreOptions::kNoLimit; }
  const std::vector<std::string>& known_outcomes() const override { return known_; }

  void take(const PlainExecution& execution) override {
    Record record;
    record.number.number = execution.summary.number;
    record.plain = execution;
    if (execution.outcome > 0) record.outcome = known_[execution.outcome - 1];
    tell(record);
  }

  void take(ExecutionNumber number, const ExecutionOutcome& outcome, const PlainExecution& plain,
            Witness& witness) override {
    Record record;
    record.number = number;
    record.plain = plain;
    record.has_children = number.child == 0 && has_children(options_, number.number, outcome);
    record.outcome = line_.with_dir(joined_outcomes(outcome.outcomes));
    record.detections = outcome.detections;
    bool fresh = !record.outcome.empty() && is_new(record.outcome);
    for (Detection& detection : record.detections) {
      fresh = seen_.insert(DetectionKey::of(detection)).second || fresh;
      name_dir(detection);
    }
    if (fresh) {
      record.schedule = encode(witness.schedule());
      for (const Detection& detection : outcome.detections) {
        record.watch.push_back(witness.watch(detection));
      }
    }
    tell(record);
  }
  void exhausted() override { over_ = true; }

 private:
  static constexpr size_t kMostWaiting = size_t{64} << 10;

  bool is_new(const std::string& value) {
    if (std::find(known_.begin(), known_.end(), value) != known_.end()) return false;
    if (known_.size() < kMostKnown) known_.push_back(value);
    return true;
  }

  void name_dir(Detection& detection) const {
    const std::string text = line_.with_dir(
        std::string_view(detection.detail, strnlen(detection.detail, sizeof(detection.detail))));
    std::memset(detection.detail, 0, sizeof(detection.detail));
    text.copy(detection.detail, sizeof(detection.detail) - 1);
  }

  void tell(const Record& record) {
    next_ = record.number.number + 1;
    Record::visit([this](const auto& value) { waiting_.put(value); }, record);
    if (waiting_.bytes().size() >= kMostWaiting) flush();
  }

  void flush() {
    if (waiting_.bytes().empty() || over_) return;
    Packer message;
    message.put(world_.restarts());
    message.bytes() += waiting_.bytes();
    over_ = !line_.send(message.bytes());
    waiting_.bytes().clear();
  }

  const World& world_;
  const ExploreOptions& options_;
  MateLine& line_;
  Packer waiting_;
  uint64_t next_ = 0;
  bool over_ = false;
  std::vector<std::string> known_;
  absl::flat_hash_set<DetectionKey> seen_;  // its order never matters
};

// ---- The process that has made them -------------------------------------------------------------

class RecordWitness : public Witness {
 public:
  explicit RecordWitness(const Record& record) : record_(record) {}

  Schedule schedule() override {
    const absl::StatusOr<Schedule> decoded = decode(record_.schedule);
    HEDDLE_CHECK(decoded.ok());
    return *decoded;
  }
  std::vector<PointKey> watch(const Detection& detection) override {
    for (size_t i = 0; i < record_.watch.size(); ++i) {
      if (DetectionKey::of(record_.detections[i]) == DetectionKey::of(detection)) {
        return record_.watch[i];
      }
    }
    return {};
  }

 private:
  const Record& record_;
};

// A share of the executions, and who runs it.
struct Lane {
  std::unique_ptr<Mate> mate;
  std::deque<Record> told;
  uint64_t restarts = 0;  // of the mate's own worker
  int deaths = 0;         // of mates, since one has told anything
};

class Together {
 public:
  Together(World& world, Strategy& strategy, const ExploreOptions& options,
           const ExploreCallbacks& callbacks, Tally& tally)
      : world_(world),
        strategy_(strategy),
        options_(options),
        callbacks_(callbacks),
        tally_(tally),
        lanes_(options.jobs) {}

  uint64_t run(uint64_t from);
  uint64_t restarts() const;

 private:
  static constexpr int kMostDeaths = 10;

  size_t lane_of(uint64_t number) const { return number / options_.shard.of % lanes_.size(); }
  bool start(size_t lane, uint64_t from);
  bool fill(size_t lane, size_t records, uint64_t number);
  void take(const Record& record);

  World& world_;
  Strategy& strategy_;
  const ExploreOptions& options_;
  const ExploreCallbacks& callbacks_;
  Tally& tally_;
  std::vector<Lane> lanes_;
  uint64_t dead_ = 0;  // mates
};

bool Together::start(size_t lane, uint64_t from) {
  ExploreOptions share = options_;
  share.shard.index = options_.shard.index + static_cast<uint32_t>(lane) * options_.shard.of;
  share.shard.of = options_.shard.of * static_cast<uint32_t>(lanes_.size());
  Lane& own = lanes_[lane];
  own.told.clear();
  own.mate = world_.start_mate([&](MateLine& line) {
    std::unique_ptr<Strategy> strategy;
    world_.lend([&] { strategy = callbacks_.make_strategy(); });
    world_.forget_points();
    TellingSink sink(world_, share, line);
    std::optional<Repetition> repetition;
    Passage passage;
    passage.from = from;
    if (share.check_repeats) {
      passage.repetition =
          &repetition.emplace(world_, share, callbacks_.replay, *callbacks_.symbolizer);
    }
    run_executions(world_, *strategy, share, sink, passage);
    sink.due();  // tells the rest
  });
  return own.mate != nullptr;
}

// Until the lane holds so many records, of which the first has that number. False: the tally is
// complete, or there is no mate any more.
bool Together::fill(size_t lane, size_t records, uint64_t number) {
  Lane& own = lanes_[lane];
  std::string message;
  while (own.told.size() < records) {
    const Mate::Heard heard = own.mate->hear(message);
    if (heard == Mate::Heard::message) {
      Unpacker unpacker(message);
      unpacker.get(own.restarts);
      while (!unpacker.done()) {
        Record record;
        Record::visit([&](auto& value) { unpacker.get(value); }, record);
        own.told.push_back(std::move(record));
      }
      own.deaths = 0;
    } else if (tally_.due()) {
      return false;
    } else if (heard == Mate::Heard::end) {
      ++dead_;
      if (++own.deaths == kMostDeaths || !start(lane, number)) return false;
    }
  }
  return true;
}

void Together::take(const Record& record) {
  // It knows what it proves by the lengths that it has seen.
  strategy_.begin(record.number);
  strategy_.end(record.plain.summary);
  ExecutionOutcome outcome;
  outcome.summary = record.plain.summary;
  outcome.detections = record.detections;
  if (!record.outcome.empty()) outcome.outcomes.push_back(record.outcome);
  PlainExecution plain = record.plain;
  plain.outcome = 0;
  RecordWitness witness(record);
  tally_.take(record.number, outcome, plain, witness);
}

uint64_t Together::run(uint64_t from) {
  for (size_t i = 0; i < lanes_.size(); ++i) {
    if (!start(i, from)) return from;
  }
  for (uint64_t number = from;; number += options_.shard.of) {
    const size_t lane = lane_of(number);
    if (!fill(lane, 1, number)) return number;
    const size_t records = lanes_[lane].told.front().has_children ? 1 + kChildren : 1;
    if (!fill(lane, records, number)) return number;
    for (size_t i = 0; i < records; ++i) {
      if (tally_.due()) return number;
      HEDDLE_CHECK(lanes_[lane].told.front().number.number == number);
      take(lanes_[lane].told.front());
      lanes_[lane].told.pop_front();
    }
  }
}

uint64_t Together::restarts() const {
  uint64_t sum = dead_;
  for (const Lane& lane : lanes_) sum += lane.restarts;
  return sum;
}

}  // namespace

uint64_t explore_together(World& world, Strategy& strategy, const ExploreOptions& options,
                          const ExploreCallbacks& callbacks, uint64_t from, Tally& tally,
                          uint64_t& restarts) {
  Together together(world, strategy, options, callbacks, tally);
  const uint64_t next = together.run(from);
  restarts = together.restarts();
  return next;
}

}  // namespace heddle
