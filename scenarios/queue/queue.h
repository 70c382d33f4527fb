// Producers and consumers with a buffer between them.
#pragma once

namespace queue {

struct Totals {
  int sum = 0;         // of all items that were consumed
  int from_empty = 0;  // times that a consumer was let in and found nothing
  int into_full = 0;   // times that a producer was let in and found no room
};

// Two producers make 1, 2 and 3, 4; two consumers take two items each. The sum should be 10.
Totals hasty();
Totals patient();

// A producer hands one item, 42, to one consumer. What the consumer took.
int deaf();

}  // namespace queue
