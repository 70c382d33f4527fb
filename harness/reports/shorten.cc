#include "reports/shorten.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "reports/printable.h"

namespace heddle {
namespace {

constexpr size_t kLongestArguments = 24;  // of a template of the program, shown as they are
constexpr absl::string_view kOperator = "operator";

// The length of "operator" with its sign, when `text` begins with one; else 0.
size_t operator_length(absl::string_view text, bool word_before) {
  if (word_before || !absl::StartsWith(text, kOperator)) return 0;
  absl::string_view rest = text.substr(kOperator.size());
  if (!rest.empty() && in_word(rest[0])) return 0;
  for (const absl::string_view sign :
       {"()", "[]", "<=>", "<<=", ">>=", "->*", "<<", ">>", "<=", ">=", "->", "<", ">"}) {
    if (absl::StartsWith(rest, sign)) return kOperator.size() + sign.size();
  }
  // "operator new", "operator bool": the space belongs to the name.
  size_t length = kOperator.size();
  if (absl::StartsWith(rest, " ")) ++length;
  return length;
}

// The index behind the bracket that closes the one at `open`.
size_t behind_bracket(absl::string_view text, size_t open) {
  int depth = 0;
  for (size_t i = open; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '<' || c == '(' || c == '{' || c == '[') ++depth;
    const bool arrow = c == '>' && i > 0 && text[i - 1] == '-';
    if ((c == '>' && !arrow) || c == ')' || c == '}' || c == ']') --depth;
    if (depth == 0) return i + 1;
  }
  return text.size();
}

// The name's parts between "::", each without parameters and qualifiers; a return type is dropped.
std::vector<std::string> components(absl::string_view name) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < name.size();) {
    const absl::string_view rest = name.substr(i);
    const size_t sign = operator_length(rest, i > 0 && in_word(name[i - 1]));
    if (sign > 0) {
      absl::StrAppend(&parts.back(), rest.substr(0, sign));
      i += sign;
    } else if (absl::StartsWith(rest, "::")) {
      parts.emplace_back();
      i += 2;
    } else if (rest[0] == '(') {
      i = behind_bracket(name, i);
      const size_t next = name.find("::", i);  // " const" and the like end here
      i = next == absl::string_view::npos ? name.size() : next;
    } else if (rest[0] == '<' || rest[0] == '{' || rest[0] == '[') {
      const size_t end = behind_bracket(name, i);
      absl::StrAppend(&parts.back(), name.substr(i, end - i));
      i = end;
    } else if (rest[0] == ' ') {
      parts = std::vector<std::string>(1);  // what stood before was the return type
      ++i;
    } else {
      parts.back() += rest[0];
      ++i;
    }
  }
  return parts;
}

std::string cut_arguments(const std::string& part, bool library) {
  if (absl::StartsWith(part, kOperator)) return part;
  const size_t open = part.find('<');
  if (open == std::string::npos || open == 0) return part;
  const size_t close = behind_bracket(part, open);
  const bool shown = !library && close - open <= kLongestArguments;
  return shown ? part : absl::StrCat(part.substr(0, open), "<…>", part.substr(close));
}

// Neither anonymous namespaces nor tags of the ABI.
std::string without_marks(absl::string_view name) {
  return absl::StrReplaceAll(name, {{"(anonymous namespace)::", ""}, {"[abi:cxx11]", ""}});
}

}  // namespace

std::string demangled(absl::string_view symbol) {
  std::string name(symbol);
  // A variable `n` is none, though that is also how the type __int128 is mangled.
  if (!absl::StartsWith(name, "_Z")) return name;
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 && text != nullptr ? std::string(text.get()) : name;
}

std::string short_function(absl::string_view demangled_name) {
  std::string name = without_marks(demangled_name);
  if (const size_t clone = name.find(" [clone"); clone != std::string::npos) name.resize(clone);
  std::vector<std::string> parts = components(name);
  const bool library = parts.front() == "std" || parts.front() == "__gnu_cxx";
  std::vector<std::string> out;
  for (const std::string& part : parts) {
    if (absl::StartsWith(part, "{lambda") || absl::StartsWith(part, "'lambda") ||
        absl::StartsWith(part, "$_")) {
      return out.empty() ? "lambda" : absl::StrCat("lambda in ", absl::StrJoin(out, "::"));
    }
    out.push_back(cut_arguments(part, library));
  }
  return absl::StrJoin(out, "::");
}

std::string short_variable(absl::string_view demangled_name) {
  return absl::StrJoin(components(without_marks(demangled_name)), "::");
}

}  // namespace heddle
