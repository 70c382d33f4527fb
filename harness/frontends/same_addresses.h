// Address randomisation off: a program may let addresses decide what it does.
#pragma once

namespace heddle {

// Runs this program again without address randomisation, unless it is off already. Returns where
// that is so, or refused: `heddle doctor` tells. Before anything that cannot be done twice.
void use_same_addresses(char** argv, char** environment);

}  // namespace heddle
