#include "frontends/same_addresses.h"

#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/raw_syscall.h"

namespace heddle {

// The personality outlives exec, so the second start finds randomisation off and goes on.
void use_same_addresses(char** argv, char** environment) {
  constexpr unsigned long kQuery = 0xffffffff;
  const int now = ::personality(kQuery);
  if (now < 0 || (now & ADDR_NO_RANDOMIZE) != 0) return;
  if (::personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE) < 0) return;
  if ((::personality(kQuery) & ADDR_NO_RANDOMIZE) == 0) return;
  static const char kThisProgram[] = "/proc/self/exe";
  raw_syscall(SYS_execve, reinterpret_cast<long>(kThisProgram), reinterpret_cast<long>(argv),
              reinterpret_cast<long>(environment));
  ::personality(static_cast<unsigned long>(now));  // it was refused: as before
}

}  // namespace heddle
