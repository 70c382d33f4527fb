#include "frontends/test_flags.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "frontends/failure.h"
#include "frontends/options.h"
#include "frontends/read_file.h"
#include "frontends/strategies.h"
#include "frontends/suggest.h"

namespace heddle {
namespace {

constexpr absl::string_view kPrefixes[] = {"--heddle_", "--heddle-", "-heddle_"};

std::string without_prefix(const std::string& argument) {
  for (const absl::string_view prefix : kPrefixes) {
    if (absl::StartsWith(argument, prefix)) return argument.substr(prefix.size());
  }
  return "";
}

// A switch is on by being there; "=0" and the like take it back.
bool says_no(const std::string& value) {
  return value == "0" || value == "false" || value == "no";
}

void add(const std::string& name, bool takes_value, const std::string& value,
         std::vector<std::string>& flags) {
  if (takes_value) {
    flags.push_back(absl::StrCat("--", name, "=", value));
  } else if (!says_no(value)) {
    flags.push_back(absl::StrCat("--", name));
  }
}

}  // namespace

bool is_heddle_flag(const std::string& argument) {
  return !without_prefix(argument).empty();
}

std::vector<std::string> flags_of_environment() {
  std::vector<std::string> flags;
  for (const auto& [name, takes_value] : explore_flags(strategy_names(), largest_depth())) {
    const std::string variable =
        absl::StrCat("HEDDLE_", absl::AsciiStrToUpper(absl::StrReplaceAll(name, {{"-", "_"}})));
    const char* value = std::getenv(variable.c_str());
    if (value != nullptr && *value != 0) add(name, takes_value, value, flags);
  }
  return flags;
}

std::vector<std::string> flags_of_arguments(const std::vector<std::string>& arguments) {
  const auto known = explore_flags(strategy_names(), largest_depth());
  std::vector<std::string> flags;
  for (const std::string& argument : arguments) {
    if (!is_heddle_flag(argument)) continue;
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(without_prefix(argument), absl::MaxSplits('=', 1));
    const std::string wanted = absl::StrReplaceAll(parts.first, {{"_", "-"}});
    const bool has_value = absl::StrContains(argument, '=');
    bool found = false;
    std::vector<std::string> names;
    for (const auto& [name, takes_value] : known) {
      names.push_back(absl::StrCat("--heddle_", absl::StrReplaceAll(name, {{"-", "_"}})));
      if (name != wanted) continue;
      found = true;
      if (takes_value && !has_value) {
        fail_usage(absl::StrCat(names.back(), " has no value"),
                   absl::StrCat("write ", names.back(), "=VALUE"));
      }
      add(name, takes_value, parts.second, flags);
    }
    if (found) continue;
    const std::string typed = argument.substr(0, argument.find('='));
    fail_usage(absl::StrCat("unknown flag ", typed),
               did_you_mean(typed, names, "`heddle run --help` shows them, without heddle_"));
  }
  return flags;
}

std::vector<std::string> process_arguments() {
  std::vector<std::string> arguments =
      absl::StrSplit(read_file("/proc/self/cmdline").value_or(""), '\0');
  if (!arguments.empty() && arguments.back().empty()) arguments.pop_back();
  if (arguments.empty()) arguments.push_back("this-program");
  return arguments;
}

}  // namespace heddle
