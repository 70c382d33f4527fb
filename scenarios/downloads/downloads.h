// Downloads, which do nothing but wait.
#pragma once

namespace downloads {

// Two downloads of 1 s and 2 s, one after the other or at the same time.
void sequential();
void concurrent();

inline constexpr int kFiles = 5;

// Start kFiles downloads of 1 s at the same time; both return how many are complete.
int join_last();
int join_all();

}  // namespace downloads
