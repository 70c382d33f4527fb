// What litmus tests have in common.
#pragma once

#include <thread>

#include "heddle/heddle.h"

template <typename... Work>
void in_threads(Work... work) {
  std::thread threads[] = {std::thread(work)...};
  for (std::thread& thread : threads) thread.join();
}

// The digits of the values, without std::string's help, which would allocate among the threads'
// blocks.
template <typename... Values>
void outcome(Values... values) {
  char text[64];
  int length = 0;
  ((text[length++] = static_cast<char>('0' + values)), ...);
  text[length] = 0;
  heddle::outcome(text);
}
