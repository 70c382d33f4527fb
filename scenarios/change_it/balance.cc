// The number that both programs change.
#include "change_it.h"

namespace change_it {

int balance = 0;

}  // namespace change_it
