// Programs that stop for ever because of their locks, each beside one that does not.
#pragma once

namespace deadlock {

// Two transfers between accounts of 100 each, in opposite directions. The sum: should be 200.
int lock_order();
int ordered();

// Two clerks, each pays 10 and a bonus of 1 into an account of 100. The balance: should be 122.
int self_lock();
int recursive();

// Two customers want 500 and 50 from an account of 100. The balance: should be 50.
int missing_release();
int raii();

}  // namespace deadlock
