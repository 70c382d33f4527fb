// Command lines, one word a line: understood, or refused in one line that says how to mend it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "frontends/failure.h"
#include "frontends/options.h"

namespace {

void parse(const std::vector<std::string>& words) {
  const std::vector<heddle::StrategyName> names = {{"portfolio", "all"}, {"dfs", "search"}};
  std::vector<const char*> arguments = {"heddle"};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  try {
    heddle::parse_options(static_cast<int>(arguments.size()), arguments.data(), names, 16);
  } catch (const heddle::Failure& failure) {
    const std::string line = failure.line();
    const bool one_line = line.find('\n') == line.size() - 1;
    if (!one_line || !absl::StartsWith(line, "heddle: ") || failure.remedy.empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (absl::StrContains(text, '\0')) return 0;  // no word holds one
  parse(absl::StrSplit(text, '\n'));
  return 0;
}
