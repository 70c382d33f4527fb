#include "reports/object_names.h"

#include <functional>
#include <map>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "reports/printable.h"

namespace heddle {
namespace {

constexpr absl::string_view kFolderName = "$DIR/";  // an execution's own

// The end of the name that begins at `start`: words joined by "::", or the folder and what follows.
size_t end_of_name(absl::string_view text, size_t start) {
  if (absl::StartsWith(text.substr(start), kFolderName)) {
    const size_t end = text.find(' ', start);
    return end == absl::string_view::npos ? text.size() : end;
  }
  size_t i = start;
  while (i < text.size()) {
    if (in_word(text[i])) {
      ++i;
    } else if (absl::StartsWith(text.substr(i), "::") && i + 2 < text.size() &&
               in_word(text[i + 2])) {
      i += 2;
    } else {
      break;
    }
  }
  return i;
}

// `text` with every name in it replaced by what `use` makes of it. Texts with template arguments
// stay as they are.
std::string with_names(absl::string_view text,
                       const std::function<std::string(absl::string_view)>& use) {
  if (text.find('<') != absl::string_view::npos) return std::string(text);
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t end = end_of_name(text, i);
    if (end == i) {
      out += text[i++];
    } else {
      out += use(text.substr(i, end - i));
      i = end;
    }
  }
  return out;
}

std::string last_part(absl::string_view name) {
  if (absl::StartsWith(name, kFolderName)) return std::string(name.substr(kFolderName.size()));
  const size_t colons = name.rfind("::");
  return std::string(colons == absl::string_view::npos ? name : name.substr(colons + 2));
}

// Which names share a last part.
class Known {
 public:
  void learn(absl::string_view text) {
    with_names(text, [&](absl::string_view name) {
      full_[last_part(name)].insert(std::string(name));
      return std::string();
    });
  }
  void learn(const Step& step) {
    learn(step.object);
    for (const std::string& lock : step.locks) learn(lock);
  }
  void shorten(std::string& text) const {
    text = with_names(text, [&](absl::string_view name) {
      const std::string last = last_part(name);
      const auto found = full_.find(last);
      const bool alone = found != full_.end() && found->second.size() == 1;
      return alone ? last : std::string(name);
    });
  }
  void shorten(Step& step) const {
    shorten(step.object);
    for (std::string& lock : step.locks) shorten(lock);
  }

 private:
  std::map<std::string, std::set<std::string>> full_;
};

// Whether the message is Heddle's, and not the text of a check or an exception.
bool names_objects(FindingKind kind) {
  return kind == FindingKind::data_race || kind == FindingKind::deadlock ||
         kind == FindingKind::self_deadlock || kind == FindingKind::orphaned_lock ||
         kind == FindingKind::lost_wakeup || kind == FindingKind::lock_misuse ||
         kind == FindingKind::use_after_free || kind == FindingKind::double_free ||
         kind == FindingKind::lock_order_cycle;
}

}  // namespace

void shorten_objects(Finding& finding) {
  Known known;
  for (const Step& step : finding.steps) known.learn(step);
  for (const Step& access : finding.accesses) known.learn(access);
  for (const Wait& wait : finding.waits) {
    known.learn(wait.for_what);
    known.learn(wait.holds);
  }
  known.learn(finding.object);
  for (Step& step : finding.steps) known.shorten(step);
  for (Step& access : finding.accesses) known.shorten(access);
  for (Wait& wait : finding.waits) {
    known.shorten(wait.for_what);
    known.shorten(wait.holds);
  }
  known.shorten(finding.object);
  if (names_objects(finding.kind)) known.shorten(finding.message);
}

void shorten_objects(ReplayResult& replay) {
  Known known;
  for (const Step& step : replay.steps) known.learn(step);
  for (Step& step : replay.steps) known.shorten(step);
}

}  // namespace heddle
