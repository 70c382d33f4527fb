// Stands for the program under test: uses the harness's templates, instrumented, and prints one
// line of facts for localised_object_test.py.
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

int harness_work(int count);
const void* harness_data();
const void* harness_zero_data();
unsigned long callbacks_from_harness();
unsigned long callbacks_from_program();

extern "C" {
extern const char __start_heddle_data[], __stop_heddle_data[];
extern const char __start_heddle_bss[], __stop_heddle_bss[];
extern const char __start_heddle_optimised[] __attribute__((weak));
extern const char __stop_heddle_optimised[] __attribute__((weak));
}

int program_data = 5;
int program_zero_data[100];

static bool within(const void* address, const char* start, const char* stop) {
  return start <= address && address < stop;
}

static bool in_heddle(const void* address) {
  return within(address, __start_heddle_data, __stop_heddle_data) ||
         within(address, __start_heddle_bss, __stop_heddle_bss);
}

int main() {
  const int worked = harness_work(20);
  std::vector<int> numbers;
  std::string text;
  for (int i = 0; i < 10; ++i) {
    numbers.push_back(i);
    text += absl::StrCat(numbers.back());
  }
  const unsigned long from_harness = callbacks_from_harness();
  const unsigned long from_program = callbacks_from_program();
  const bool harness_placed = within(harness_data(), __start_heddle_data, __stop_heddle_data) &&
                              within(harness_zero_data(), __start_heddle_bss, __stop_heddle_bss);
  const bool program_placed = !in_heddle(&program_data) && !in_heddle(program_zero_data);
  std::printf("worked=%d text=%s from_harness=%lu from_program=%lu harness_placed=%d ", worked,
              text.c_str(), from_harness, from_program, harness_placed);
  std::printf("program_placed=%d optimised=%s\n", program_placed,
              __start_heddle_optimised != nullptr ? __start_heddle_optimised : "");
}
