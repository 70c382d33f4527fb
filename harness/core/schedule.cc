// The textual form of a schedule, version h1.
//
// A payload is the number of bytes that follow it, then the body, then a CRC-32C (little endian).
// Numbers are varints of 7 bits a byte, low bits first. The body:
//   parameters  their number; each: length of its name, name, value
//   digest      8 bytes, little endian
//   options     a byte of flags; bit 0: spurious follows, bit 1: slack_ns follows; else defaults
//   tasks       their number; each but the body: bit 0 says that the creator follows, else it is
//   the
//               previous task's; the bits above are the child's number, from the next one expected
//   entries     their number; each: see write_entry
// Most tasks take 1 byte, most entries 2 to 4. Differences are taken modulo 2^32, so that any value
// can be written; what may follow is judged by first_flaw alone. Whatever the format could write in
// two ways is refused in decode by writing it again, so that one schedule has one string.
#include "core/schedule.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/check.h"

namespace heddle {
namespace {

constexpr absl::string_view kVersion = "h1";
constexpr absl::string_view kStart = "h1.";
constexpr size_t kCrcBytes = 4;
constexpr size_t kMostNameBytes = 64;
constexpr uint32_t kKinds = 3;
constexpr uint8_t kSpuriousFollows = 1;
constexpr uint8_t kSlackFollows = 2;
constexpr uint32_t kSmallSteps = 7;  // operations since the task's previous entry, in the header

absl::Status refused(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}
absl::Status cut(size_t present, size_t whole) {
  return refused(
      absl::StrCat("the schedule is cut: ", present, " of ", whole, " characters are there"));
}

// Castagnoli's polynomial, reflected. A bit at a time: schedules are short.
uint32_t crc32c(uint32_t crc, absl::string_view bytes) {
  crc = ~crc;
  for (const char c : bytes) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0);
  }
  return ~crc;
}

void put_varint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void put_fixed(uint64_t value, size_t bytes, std::string& out) {
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

uint64_t fixed(absl::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = (value << 8) | static_cast<uint8_t>(bytes[i]);
  return value;
}

// Takes numbers off the front of bytes. The first failure sticks: later reads give 0.
class Reader {
 public:
  explicit Reader(absl::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  size_t rest() const { return rest_.size(); }

  absl::string_view bytes(size_t count) {
    if (count > rest_.size()) return fail(), absl::string_view();
    const absl::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  uint8_t byte() {
    const absl::string_view taken = bytes(1);
    return taken.empty() ? 0 : static_cast<uint8_t>(taken[0]);
  }
  uint64_t number() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t next = byte();
      value |= static_cast<uint64_t>(next & 0x7f) << shift;
      if ((next & 0x80) == 0) return value;
    }
    return fail(), 0;
  }
  uint64_t at_most(uint64_t limit) {
    const uint64_t value = number();
    return value <= limit ? value : (fail(), 0);
  }
  uint32_t number32() { return static_cast<uint32_t>(at_most(UINT32_MAX)); }

 private:
  void fail() {
    ok_ = false;
    rest_ = absl::string_view();
  }

  absl::string_view rest_;
  bool ok_ = true;
};

// What the writer and the reader of entries both know: entries say how they differ from it.
struct Context {
  struct Last {
    uint32_t operation = 0;
    uint32_t accesses = 0;
  };
  std::vector<Last> last;  // each task's previous entry
  uint32_t expected = 0;   // who probably runs

  explicit Context(size_t tasks) : last(tasks) {}
  void passed(const ScheduleEntry& entry) {
    last[entry.task] = {entry.operation, entry.accesses};
    expected = entry.kind == ChoiceKind::task ? entry.chosen : entry.task;
  }
};

// A header byte: kind (2 bits), task is the expected one, accesses follow, turn follows, operations
// since the task's previous entry (3 bits; 7: 7 and what follows). Then, where the header says so:
// task, operations, accesses, turn. Then the task chosen, or the value.
void write_entry(const ScheduleEntry& entry, const Context& context, std::string& out) {
  const Context::Last& last = context.last[entry.task];
  const bool expected = entry.task == context.expected;
  const uint32_t steps = entry.operation - last.operation;
  const uint32_t small = std::min(steps, kSmallSteps);
  out.push_back(static_cast<char>(static_cast<uint32_t>(entry.kind) | (expected ? 4 : 0) |
                                  (entry.accesses != 0 ? 8 : 0) | (entry.turn != 0 ? 16 : 0) |
                                  (small << 5)));
  if (!expected) put_varint(entry.task, out);
  if (small == kSmallSteps) put_varint(steps - kSmallSteps, out);
  if (entry.accesses != 0) {
    put_varint(static_cast<uint32_t>(entry.accesses - (steps == 0 ? last.accesses : 0)), out);
  }
  if (entry.turn != 0) put_varint(entry.turn, out);
  put_varint(entry.chosen, out);
}

// None: the reader has failed or the task is none of the schedule's.
std::optional<ScheduleEntry> read_entry(Reader& reader, const Context& context) {
  const uint8_t header = reader.byte();
  ScheduleEntry entry;
  entry.kind = static_cast<ChoiceKind>(header & 3);
  entry.task = (header & 4) != 0 ? context.expected : reader.number32();
  if (entry.task >= context.last.size()) return std::nullopt;
  const Context::Last& last = context.last[entry.task];
  uint32_t steps = header >> 5;
  if (steps == kSmallSteps) steps += reader.number32();
  entry.operation = last.operation + steps;
  if ((header & 8) != 0) entry.accesses = reader.number32() + (steps == 0 ? last.accesses : 0);
  if ((header & 16) != 0) entry.turn = reader.number32();
  entry.chosen = reader.number32();
  if (!reader.ok()) return std::nullopt;
  return entry;
}

void write_tasks(const std::vector<TaskName>& tasks, std::string& out) {
  put_varint(tasks.size(), out);
  TaskName previous;
  for (size_t i = 1; i < tasks.size(); ++i) {
    const bool other = tasks[i].creator != previous.creator;
    const uint32_t step = tasks[i].child - (other ? 0 : previous.child) - 1;
    put_varint(static_cast<uint64_t>(step) << 1 | (other ? 1 : 0), out);
    if (other) put_varint(tasks[i].creator, out);
    previous = tasks[i];
  }
}

void read_tasks(Reader& reader, std::vector<TaskName>& tasks) {
  const uint64_t count = reader.at_most(kMaxTasks);
  for (uint64_t i = 1; i < count && reader.ok(); ++i) {
    const TaskName previous = tasks.back();
    const uint64_t first = reader.at_most(uint64_t{UINT32_MAX} << 1 | 1);
    const bool other = (first & 1) != 0;
    TaskName name;
    name.creator = other ? reader.number32() : previous.creator;
    name.child = static_cast<uint32_t>(first >> 1) + (other ? 0 : previous.child) + 1;
    tasks.push_back(name);
  }
}

std::string write_body(const Schedule& schedule) {
  std::string out;
  put_varint(schedule.parameters.size(), out);
  for (const auto& [name, value] : schedule.parameters) {
    put_varint(name.size(), out);
    out += name;
    put_varint(value, out);
  }
  put_fixed(schedule.digest, sizeof(schedule.digest), out);
  const Schedule defaults;
  const bool spurious = schedule.spurious != defaults.spurious;
  const bool slack = schedule.slack_ns != defaults.slack_ns;
  out.push_back(static_cast<char>((spurious ? kSpuriousFollows : 0) | (slack ? kSlackFollows : 0)));
  if (spurious) put_varint(schedule.spurious, out);
  if (slack) put_varint(schedule.slack_ns, out);
  write_tasks(schedule.tasks, out);
  put_varint(schedule.entries.size(), out);
  Context context(schedule.tasks.size());
  for (const ScheduleEntry& entry : schedule.entries) {
    write_entry(entry, context, out);
    context.passed(entry);
  }
  return out;
}

// False when the bytes end early or go on, or a number is out of range.
bool read_body(absl::string_view bytes, Schedule& schedule) {
  Reader reader(bytes);
  for (uint64_t left = reader.number(); left > 0 && reader.ok(); --left) {
    const absl::string_view name = reader.bytes(reader.at_most(kMostNameBytes));
    schedule.parameters.emplace_back(std::string(name), reader.number());
  }
  schedule.digest = fixed(reader.bytes(sizeof(schedule.digest)));
  const uint8_t options = reader.byte();
  if ((options & kSpuriousFollows) != 0) schedule.spurious = reader.number();
  if ((options & kSlackFollows) != 0) schedule.slack_ns = reader.number();
  read_tasks(reader, schedule.tasks);
  Context context(schedule.tasks.size());
  for (uint64_t left = reader.number(); left > 0 && reader.ok(); --left) {
    const std::optional<ScheduleEntry> entry = read_entry(reader, context);
    if (!entry) return false;
    schedule.entries.push_back(*entry);
    context.passed(*entry);
  }
  return reader.ok() && reader.rest() == 0;
}

template <typename T>
bool has_duplicates(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return std::adjacent_find(values.begin(), values.end()) != values.end();
}

// The first thing that makes a schedule meaningless, as the end of a sentence; null: none.
const char* first_flaw(const Schedule& schedule) {
  if (schedule.tasks.empty() || !(schedule.tasks[0] == TaskName())) return "lacks the body";
  if (schedule.tasks.size() > kMaxTasks) return "names too many tasks";
  std::vector<std::pair<uint32_t, uint32_t>> names;
  for (size_t i = 1; i < schedule.tasks.size(); ++i) {
    const TaskName& name = schedule.tasks[i];
    if (name.creator >= i) return "names a task before its creator";
    if (name.child == 0) return "names a task without a number";
    names.emplace_back(name.creator, name.child);
  }
  if (has_duplicates(std::move(names))) return "names a task twice";
  std::vector<std::string> parameters;
  for (const auto& parameter : schedule.parameters) {
    if (parameter.first.size() > kMostNameBytes) return "has a parameter with too long a name";
    parameters.push_back(parameter.first);
  }
  if (has_duplicates(std::move(parameters))) return "gives a parameter twice";
  for (const ScheduleEntry& entry : schedule.entries) {
    if (static_cast<uint32_t>(entry.kind) >= kKinds) return "has an entry of unknown kind";
    const bool chooses_task = entry.kind != ChoiceKind::value;
    if (entry.task >= schedule.tasks.size() ||
        (chooses_task && entry.chosen >= schedule.tasks.size())) {
      return "has an entry of an unknown task";
    }
  }
  return nullptr;
}

std::string seal(absl::string_view scenario, const std::string& body) {
  std::string bytes;
  put_varint(body.size() + kCrcBytes, bytes);
  bytes += body;
  put_fixed(crc32c(crc32c(0, scenario), bytes), kCrcBytes, bytes);
  return bytes;
}

bool is_base64url(char c) {
  return absl::ascii_isalnum(c) || c == '-' || c == '_';
}

// The bytes of a payload of the length that it claims.
absl::StatusOr<std::string> unescape(absl::string_view payload) {
  const auto stranger = std::find_if_not(payload.begin(), payload.end(), is_base64url);
  if (stranger != payload.end()) {
    return refused(absl::StrCat("the schedule is altered: character ",
                                stranger - payload.begin() + 1,
                                " after its last dot is none of base64url"));
  }
  // The length takes at most 5 bytes, hence lies within two whole groups of 4 characters.
  constexpr size_t kHead = 8;
  if (payload.size() < kHead) return refused("the schedule is cut: it ends within its length");
  std::string bytes;
  HEDDLE_CHECK(absl::WebSafeBase64Unescape(payload.substr(0, kHead), &bytes));
  Reader reader(bytes);
  const uint64_t length = reader.number32();
  if (!reader.ok()) return refused("the schedule is altered: its length is out of range");
  const uint64_t total = bytes.size() - reader.rest() + length;
  const uint64_t characters = (total * 4 + 2) / 3;
  if (payload.size() < characters) return cut(payload.size(), characters);
  if (payload.size() > characters) {
    return refused(absl::StrCat("the schedule is altered: ", payload.size() - characters,
                                " characters follow its end"));
  }
  if (!absl::WebSafeBase64Unescape(payload, &bytes) || bytes.size() != total) {
    return refused("the schedule is altered: its last character does not fit");
  }
  return bytes;
}

// The part after `h1.`; an error for texts that begin otherwise.
absl::StatusOr<absl::string_view> after_version(absl::string_view text) {
  if (absl::StartsWith(text, kStart)) return text.substr(kStart.size());
  if (absl::StartsWith(kStart, text)) return refused("the schedule is cut: it ends at its version");
  const absl::string_view version = text.substr(0, text.find('.'));
  constexpr size_t kMostDigits = 9;
  if (version.size() >= 2 && version.size() <= 1 + kMostDigits && version[0] == 'h' &&
      std::all_of(version.begin() + 1, version.end(), absl::ascii_isdigit)) {
    return refused(
        absl::StrCat("the schedule has version ", version, "; this Heddle reads ", kVersion));
  }
  return refused("this is no schedule: one looks like h1.SCENARIO.PAYLOAD");
}

}  // namespace

std::string encode(const Schedule& schedule) {
  HEDDLE_CHECK(first_flaw(schedule) == nullptr);
  return absl::StrCat(kStart, schedule.scenario, ".",
                      absl::WebSafeBase64Escape(seal(schedule.scenario, write_body(schedule))));
}

absl::StatusOr<Schedule> decode(std::string_view string) {
  const absl::string_view text(string.data(), string.size());  // two types in some distributions
  const absl::StatusOr<absl::string_view> named = after_version(text);
  if (!named.ok()) return named.status();
  const size_t dot = named->rfind('.');  // scenarios have dots in their names, payloads have none
  if (dot == absl::string_view::npos) return refused("the schedule is cut: it has no payload");
  Schedule schedule;
  schedule.scenario = std::string(named->substr(0, dot));
  const absl::StatusOr<std::string> bytes = unescape(named->substr(dot + 1));
  if (!bytes.ok()) return bytes.status();

  const absl::string_view sealed = absl::string_view(*bytes).substr(0, bytes->size() - kCrcBytes);
  const absl::string_view crc = absl::string_view(*bytes).substr(sealed.size());
  if (crc32c(crc32c(0, schedule.scenario), sealed) != fixed(crc)) {
    return refused("the schedule is altered: its checksum does not fit");
  }
  // From here on only a forged string fails.
  Reader reader(sealed);
  reader.number();
  if (!read_body(sealed.substr(sealed.size() - reader.rest()), schedule)) {
    return refused("the schedule is malformed: its numbers do not fit its length");
  }
  if (const char* flaw = first_flaw(schedule)) {
    return refused(absl::StrCat("the schedule is malformed: it ", flaw));
  }
  if (encode(schedule) != text) {
    return refused("the schedule is malformed: it is not written in the shortest way");
  }
  return schedule;
}

}  // namespace heddle
