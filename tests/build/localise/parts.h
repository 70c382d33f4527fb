// What the stand-ins for harness and program know of each other.
#pragma once

// Callbacks raised while one of these is alive come from the harness's own code.
class InsideHarness {
 public:
  InsideHarness();
  ~InsideHarness();
};

// Of the program; 16 when all went well within the harness.
int harness_work(int count);
const void* harness_data();
const void* harness_zero_data();
unsigned long callbacks_from_harness();
unsigned long callbacks_from_program();
