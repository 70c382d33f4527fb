// Both ways go through one list of members for each type.
#include "reports/shard_json.h"

#include <nlohmann/json.hpp>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace heddle {
namespace {

using Json = nlohmann::ordered_json;

struct Malformed {
  std::string what;
};

// ---- Words --------------------------------------------------------------------------------------

// `end`: one beyond the last.
template <typename Enum>
Enum from_word(const std::string& text, int end) {
  for (int i = 0; i < end; ++i) {
    if (text == word(static_cast<Enum>(i))) return static_cast<Enum>(i);
  }
  throw Malformed{absl::StrCat("it says \"", text, "\" where it cannot")};
}

constexpr int kOps = 0
#define X(name, word) +1
    HEDDLE_OPERATIONS(X)
#undef X
    ;
constexpr int kKinds = 0
#define X(name, word) +1
    HEDDLE_FINDING_KINDS(X)
#undef X
    ;

// ---- Writing and reading ------------------------------------------------------------------------

// nlohmann converts every number to every type.
template <typename T>
T number_in(const Json& json) {
  const bool fits =
      json.is_number_integer() &&
      (json.is_number_unsigned()
           ? json.get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<T>::max())
           : std::is_signed_v<T> &&
                 json.get<int64_t>() >= static_cast<int64_t>(std::numeric_limits<T>::min()));
  if (!fits) throw Malformed{"a number in it is out of range"};
  return json.get<T>();
}

class Writer;
class Reader;

template <typename Visitor, typename Self>
void members(Visitor& visit, Self& self);

class Writer {
 public:
  template <typename T>
  void operator()(const char* name, const T& value) {
    json_[name] = made(value);
  }
  Json take() { return std::move(json_); }

 private:
  template <typename T>
  static Json made(const T& value) {
    if constexpr (std::is_same_v<T, TaskId>) {
      return value.valid() ? Json(value.index()) : Json(nullptr);
    } else if constexpr (std::is_same_v<T, Op> || std::is_same_v<T, FindingKind>) {
      return word(value);
    } else if constexpr (std::is_enum_v<T>) {
      return static_cast<int>(value);
    } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      return value;
    } else {
      Writer writer;
      writer.json_ = Json::object();
      members(writer, value);
      return writer.take();
    }
  }
  template <typename T>
  static Json made(const std::vector<T>& all) {
    Json array = Json::array();
    for (const T& one : all) array.push_back(made(one));
    return array;
  }

  Json json_ = Json::object();
};

class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {
    if (!json.is_object()) throw Malformed{"a part of it is no object"};
  }
  template <typename T>
  void operator()(const char* name, T& value) {
    const auto found = json_.find(name);
    if (found == json_.end()) throw Malformed{absl::StrCat("it has no \"", name, "\"")};
    read(*found, value);
  }

 private:
  template <typename T>
  static void read(const Json& json, T& value) {
    if constexpr (std::is_same_v<T, TaskId>) {
      value = json.is_null() ? TaskId::none() : TaskId(number_in<uint32_t>(json));
    } else if constexpr (std::is_same_v<T, Op>) {
      value = from_word<Op>(json.get<std::string>(), kOps);
    } else if constexpr (std::is_same_v<T, FindingKind>) {
      value = from_word<FindingKind>(json.get<std::string>(), kKinds);
    } else if constexpr (std::is_same_v<T, Effect>) {
      value = enumerator(json, Effect::woken_spuriously);
    } else if constexpr (std::is_same_v<T, Severity>) {
      value = enumerator(json, Severity::error);
    } else if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string>) {
      value = json.get<T>();
    } else if constexpr (std::is_arithmetic_v<T>) {
      value = number_in<T>(json);
    } else {
      Reader reader(json);
      members(reader, value);
    }
  }
  template <typename T>
  static void read(const Json& json, std::vector<T>& all) {
    if (!json.is_array()) throw Malformed{"a part of it is no array"};
    for (const Json& one : json) read(one, all.emplace_back());
  }
  template <typename Enum>
  static Enum enumerator(const Json& json, Enum last) {
    const int value = number_in<int>(json);
    if (value < 0 || value > static_cast<int>(last)) throw Malformed{"a number is out of range"};
    return static_cast<Enum>(value);
  }

  const Json& json_;
};

// ---- What the types hold ------------------------------------------------------------------------

template <typename Self, typename T>
inline constexpr bool kIs = std::is_same_v<std::remove_const_t<Self>, T>;

template <typename Visitor, typename Self>
void members(Visitor& visit, Self& self) {
  if constexpr (kIs<Self, SourcePlace>) {
    visit("file", self.file), visit("line", self.line), visit("function", self.function);
  } else if constexpr (kIs<Self, TaskInfo>) {
    visit("id", self.id), visit("name", self.name), visit("created_at", self.created_at);
    visit("ended", self.ended);
  } else if constexpr (kIs<Self, Step>) {
    visit("step", self.step), visit("task", self.task), visit("op", self.op);
    visit("effect", self.effect), visit("object", self.object), visit("id", self.object_id);
    visit("has_value", self.has_value), visit("changes", self.changes);
    visit("before", self.before), visit("value", self.value), visit("other", self.other);
    visit("clock_ns", self.clock_ns), visit("duration_ns", self.duration_ns);
    visit("place", self.place), visit("stack", self.stack), visit("locks", self.locks);
    visit("foreign", self.foreign), visit("relevant", self.relevant), visit("note", self.note);
  } else if constexpr (kIs<Self, Wait>) {
    visit("task", self.task), visit("for", self.for_what), visit("owner", self.owner);
    visit("owner_ended", self.owner_ended), visit("owner_waits", self.owner_waits);
    visit("further_owners", self.further_owners), visit("since", self.since);
    visit("holds", self.holds);
  } else if constexpr (kIs<Self, Finding>) {
    visit("kind", self.kind), visit("severity", self.severity), visit("judge", self.judge);
    visit("message", self.message), visit("explanation", self.explanation);
    visit("execution", self.execution), visit("partial", self.partial);
    visit("delay_ns", self.delay_ns), visit("schedule", self.schedule);
    visit("minimal", self.minimal), visit("gave_up_after", self.gave_up_after);
    visit("replay", self.replay), visit("tasks", self.tasks), visit("steps", self.steps);
    visit("steps_left_out", self.steps_left_out), visit("closer_steps", self.closer_steps);
    visit("seen_closer", self.seen_closer), visit("mistake", self.mistake);
    visit("waits", self.waits), visit("accesses", self.accesses), visit("object", self.object);
    visit("stack", self.stack), visit("output", self.output), visit("key", self.key),
        visit("seen_in", self.seen_in);
  } else if constexpr (kIs<Self, std::pair<uint64_t, uint64_t>>) {
    visit("from", self.first), visit("to", self.second);
  } else {
    static_assert(kIs<Self, ShardPart>);
    visit("index", self.index), visit("of", self.of), visit("limit", self.executions);
    visit("steps", self.steps), visit("after", self.after);
    visit("keep_going", self.keep_going), visit("told_delay_ns", self.told_delay_ns);
    visit("depth", self.depth), visit("require_tasks", self.require_tasks);
    visit("outcomes", self.outcomes), visit("findings", self.findings);
  }
}

// ---- Executions: one short array for each -------------------------------------------------------

template <typename Each, typename Self>
void columns(Each&& each, Self& execution) {
  auto& summary = execution.summary;
  each(summary.number), each(summary.steps), each(summary.choice_points);
  each(summary.weak_atomics), each(summary.tasks), each(summary.most_at_once);
  each(summary.shared_objects), each(summary.virtual_ns), each(execution.trace_class);
  each(execution.outcome);
}

Json executions_json(const std::vector<ShardExecution>& all) {
  Json rows = Json::array();
  for (const ShardExecution& execution : all) {
    Json row = Json::array();
    columns([&](const auto& value) { row.push_back(value); }, execution);
    row.push_back(execution.summary.overlapped ? 1 : 0);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<ShardExecution> executions_of(const Json& rows, const ShardPart& part) {
  std::vector<ShardExecution> all;
  uint64_t number = part.index;
  for (const Json& row : rows) {
    ShardExecution& execution = all.emplace_back();
    size_t at = 0;
    columns(
        [&](auto& value) {
          value = number_in<std::remove_reference_t<decltype(value)>>(row.at(at++));
        },
        execution);
    execution.summary.overlapped = number_in<int>(row.at(at)) != 0;
    if (execution.outcome >= static_cast<int64_t>(part.outcomes.size())) {
      throw Malformed{"an outcome is missing"};
    }
    const uint64_t next = all.size() == 1 ? number : number + part.of;
    if (execution.summary.number != number && execution.summary.number != next) {
      throw Malformed{"its executions are in disorder"};
    }
    number = execution.summary.number;
  }
  return all;
}

ExplorationResult result_of(const Json& json) {
  if (json.at("schema") != "heddle-report-1") throw Malformed{"it is no heddle-report-1"};
  if (!json.contains("shard")) throw Malformed{"it is the report of a whole exploration"};
  ExplorationResult result;
  result.scenario = json.at("scenario").at("name").get<std::string>();
  for (const auto& [name, value] : json.at("scenario").at("parameters").items()) {
    result.parameters.emplace_back(name, number_in<uint64_t>(value));
  }
  result.strategy = json.at("strategy").at("name").get<std::string>();
  result.seed = number_in<uint64_t>(json.at("strategy").at("seed"));
  result.ended_by = json.at("strategy").at("ended_by").get<std::string>();
  const Json& evidence = json.at("evidence");
  if (evidence.contains("worker_restarts")) {
    result.evidence.worker_restarts = number_in<uint64_t>(evidence.at("worker_restarts"));
  }
  result.evidence.uninstrumented = evidence.at("uninstrumented").get<std::vector<std::string>>();
  if (json.contains("outcomes")) {
    for (const Json& outcome : json.at("outcomes")) {
      result.outcomes.push_back({outcome.at("value").get<std::string>(), 0,
                                 outcome.at("schedule").get<std::string>(), ""});
    }
  }
  ShardPart& part = result.shard.emplace();
  Reader reader(json.at("shard"));
  members(reader, part);
  if (part.of < 2 || part.index >= part.of) throw Malformed{"its index is out of range"};
  part.all = executions_of(json.at("shard").at("executions"), part);
  return result;
}

}  // namespace

Json shard_json(const ShardPart& part) {
  Writer writer;
  members(writer, part);
  Json json = writer.take();
  json["executions"] = executions_json(part.all);
  return json;
}

absl::StatusOr<ExplorationResult> read_shard(const std::string& text) {
  try {
    return result_of(Json::parse(text));
  } catch (const Malformed& malformed) {
    return absl::InvalidArgumentError(malformed.what);
  } catch (const Json::exception&) {
    return absl::InvalidArgumentError("it is no JSON report of Heddle's");
  }
}

}  // namespace heddle
