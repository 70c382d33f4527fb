// Room for a few items, first in, first out. It knows nothing of threads.
#pragma once

namespace queue {

class Buffer {
 public:
  bool empty() const { return count_ == 0; }
  bool full() const { return count_ == kRoom; }

  // False: it was full, and the item is not in it.
  bool put(int item) {
    if (full()) return false;
    items_[(first_ + count_) % kRoom] = item;
    ++count_;
    return true;
  }

  // False: it was empty, and there is no item.
  bool take(int& item) {
    if (empty()) return false;
    item = items_[first_];
    first_ = (first_ + 1) % kRoom;
    --count_;
    return true;
  }

 private:
  static constexpr int kRoom = 2;
  int items_[kRoom] = {};
  int first_ = 0;
  int count_ = 0;
};

}  // namespace queue
