// Stands for the harness: uses the same templates as the program, and what a linker may lose on the
// way into one object: constructors, thread-locals, exceptions, relocated constants, common data.
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "build/localise/parts.h"
#include "runtime/export.h"

namespace {

int initialised_data = 7;
int zero_data[1000];
thread_local int own_data = 9;
const char* const kWords[] = {"even", "odd"};

struct Constructed {
  Constructed() { zero_data[1] = 3; }
} constructed;

std::string describe(int count) {
  std::vector<int> numbers;
  std::string text;
  for (int i = 0; i < count; ++i) {
    numbers.push_back(i);
    absl::StrAppend(&text, numbers.back(), " is ", kWords[i % 2], "; ");
  }
  absl::flat_hash_map<std::string, int> lengths;
  lengths[text] = count;
  text += absl::InvalidArgumentError(text).ToString();
  return lengths.size() == 1 ? text : "";
}

}  // namespace

HEDDLE_EXPORT int harness_work(int count) {
  InsideHarness inside;
  try {
    throw std::runtime_error(describe(count));
  } catch (const std::exception& caught) {
    const std::string text = caught.what();
    const bool right = text.find("1 is odd; ") != std::string::npos && zero_data[1] == 3;
    return right ? initialised_data + own_data : 0;
  }
}

HEDDLE_EXPORT const void* harness_data() {
  return &initialised_data;
}
HEDDLE_EXPORT const void* harness_zero_data() {
  return zero_data;
}
