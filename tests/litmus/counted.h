// Small programs whose numbers of inequivalent executions are known: from the literature, or from
// Nidhugg and GenMC (litmus_test.py holds the numbers). Start and end of threads order, but are no
// events; at -O0 nothing is merged.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>

#include "heddle/scenario.h"

namespace counted {

using heddle::Parameters;

inline constexpr int kMost = 20;
inline constexpr auto kRelaxed = std::memory_order_relaxed;

inline int size_of(const Parameters& sizes) {
  return static_cast<int>(sizes.threads);
}

// Without a heap: what threads allocate would be choices.
template <typename Work>
void in_threads(int count, Work work) {
  std::thread threads[kMost];
  for (int i = 0; i < count; ++i) threads[i] = std::thread(work, i);
  for (int i = 0; i < count; ++i) threads[i].join();
}

inline std::atomic<int> x{0}, y{0};
inline std::atomic<int> cells[128];
inline std::mutex mutex;
inline int plain;

inline void readers(const Parameters& sizes) {
  in_threads(size_of(sizes) + 1, [](int i) {
    if (i == 0) {
      x.store(1);
    } else {
      static_cast<void>(x.load());
    }
  });
}

inline void lastzero(const Parameters& sizes) {
  const int last = size_of(sizes);
  in_threads(last + 1, [last](int i) {
    if (i == 0) {
      for (int j = last; cells[j].load() != 0;) --j;
    } else {
      cells[i].store(cells[i - 1].load() + 1);
    }
  });
}

inline int fib_i, fib_j;

inline void fib_bench(const Parameters& sizes) {
  const int rounds = size_of(sizes);
  fib_i = fib_j = 1;
  in_threads(3, [rounds](int i) {
    if (i == 0) {
      for (int k = 0; k < rounds; ++k) fib_i += fib_j;
    } else if (i == 1) {
      for (int k = 0; k < rounds; ++k) fib_j += fib_i;
    } else {
      const int seen_i = fib_i;
      const int seen_j = fib_j;
      static_cast<void>(seen_i), static_cast<void>(seen_j);
    }
  });
}

// Flanagan and Godefroid, POPL 2005, figure 3.
inline void indexer(const Parameters& sizes) {
  constexpr int kSize = 128;
  constexpr int kMax = 4;
  in_threads(size_of(sizes), [](int i) {
    for (int m = 0; m < kMax;) {
      const int w = (++m) * 11 + i;
      int h = (w * 7) % kSize;
      int free = 0;
      while (!cells[h].compare_exchange_strong(free, w)) {
        h = (h + 1) % kSize;
        free = 0;
      }
    }
  });
}

// The same, figure 6.
inline constexpr int kInodes = 32;
inline constexpr int kBlocks = 26;
inline std::mutex inode_locks[kInodes];
inline std::mutex block_locks[kBlocks];
inline int inodes[kInodes];
inline bool busy[kBlocks];

inline void filesystem(const Parameters& sizes) {
  in_threads(size_of(sizes), [](int i) {
    const int inode = i % kInodes;
    const std::lock_guard<std::mutex> own(inode_locks[inode]);
    if (inodes[inode] != 0) return;
    int block = (inode * 2) % kBlocks;
    for (;;) {
      const std::lock_guard<std::mutex> guard(block_locks[block]);
      if (!busy[block]) {
        busy[block] = true;
        inodes[inode] = block + 1;
        return;
      }
      block = (block + 1) % kBlocks;
    }
  });
}

inline void ainc(const Parameters& sizes) {
  in_threads(size_of(sizes), [](int) { x.fetch_add(1); });
}

inline void binc(const Parameters& sizes) {
  in_threads(size_of(sizes), [](int) {
    x.fetch_add(1);
    y.fetch_add(1);
  });
}

inline void lockinc(const Parameters& sizes) {
  in_threads(size_of(sizes), [](int) {
    const std::lock_guard<std::mutex> guard(mutex);
    ++plain;
  });
}

inline void cas(const Parameters& sizes) {
  in_threads(size_of(sizes), [](int i) {
    int zero = 0;
    x.compare_exchange_strong(zero, i + 1);
  });
}

inline void casw(const Parameters& sizes) {
  in_threads(size_of(sizes), [](int i) {
    int zero = 0;
    x.compare_exchange_strong(zero, i + 1);
    x.store(i + 10);
  });
}

inline void writes(const Parameters& sizes) {
  const int count = size_of(sizes);
  in_threads(2, [count](int i) {
    for (int k = 0; k < count; ++k) plain = 100 * i + k;
  });
}

inline void atomic_writes(const Parameters& sizes) {
  const int count = size_of(sizes);
  in_threads(2, [count](int i) {
    for (int k = 0; k < count; ++k) x.store(100 * i + k, kRelaxed);
  });
}

}  // namespace counted
