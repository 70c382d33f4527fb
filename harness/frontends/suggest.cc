#include "frontends/suggest.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"

namespace heddle {
namespace {

// Levenshtein's distance, one row at a time.
size_t distance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(absl::string_view typed, const std::vector<std::string>& names) {
  constexpr size_t kLongestTyped = 100;  // nobody mistypes more than that
  if (typed.size() > kLongestTyped) return "";
  std::string best;
  size_t best_distance = std::max<size_t>(2, typed.size() / 3) + 1;
  for (const std::string& name : names) {
    const size_t here = distance(typed, name);
    if (here < best_distance) {
      best_distance = here;
      best = name;
    }
  }
  return best;
}

std::string did_you_mean(absl::string_view typed, const std::vector<std::string>& names,
                         absl::string_view otherwise) {
  const std::string name = nearest(typed, names);
  return name.empty() ? std::string(otherwise)
                      : absl::StrCat("did you mean ", name, "? ", otherwise);
}

}  // namespace heddle
