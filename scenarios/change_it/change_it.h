// Two threads add to one number and take away again what they added.
#pragma once

namespace change_it {

// Shared by both programs, so that one name is enough to watch it.
extern int balance;

// Both return the balance in the end; it should be 0.
int unlocked(int rounds);
int locked(int rounds);

}  // namespace change_it
