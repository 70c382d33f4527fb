#include "frontends/program_words.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "frontends/failure.h"

namespace heddle {
namespace {

constexpr char kSchedule[] = "--schedule=h";

}  // namespace

ProgramWords take_program(int argc, const char* const* argv) {
  ProgramWords taken;
  std::vector<const char*>& words = taken.before;
  words.assign(argv, argv + argc);
  const std::string first = words[1];
  const auto end = std::find_if(words.begin() + 2, words.end(),
                                [](const char* word) { return absl::string_view(word) == "--"; });
  const bool takes = first == "check" || first == "replay" || first == "outcomes";
  if (!takes || end == words.end()) return taken;
  taken.called.assign(end + 1, words.end());
  words.erase(end, words.end());
  if (first == "check") return taken;
  words[1] = "check";
  if (first == "outcomes") {
    taken.outcomes = true;
    return taken;
  }
  // The schedule may stand where one adds it to a command.
  const bool last = !taken.called.empty() && absl::StartsWith(taken.called.back(), kSchedule);
  const bool given = std::any_of(words.begin() + 2, words.end(), [](const char* word) {
    return absl::StartsWith(word, "--schedule");
  });
  if (!last && !given) {
    fail_usage("`heddle replay` needs a schedule",
               "write `heddle replay --schedule=S -- ./program`");
  }
  if (!given) {
    words.push_back(argv[argc - 1]);
    taken.called.pop_back();
  }
  return taken;
}

}  // namespace heddle
