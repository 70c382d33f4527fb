// A bank account into which many tellers deposit 1 each, at the same time.
#pragma once

namespace bank {

// Both return the balance after all `tellers` have gone home.
int unlocked(int tellers);
int locked(int tellers);

}  // namespace bank
