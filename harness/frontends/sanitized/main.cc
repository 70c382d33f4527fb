// `heddle` where the harness is built for its tests under sanitizers: it runs nothing.
#include <cstdio>

#include "frontends/failure.h"

int main() {
  std::fputs(
      "heddle: AddressSanitizer and Heddle both own malloc, threads and stacks, so no program runs "
      "in this build: use the preset default, clang or tsan\n",
      stderr);
  return heddle::kExitError;
}
