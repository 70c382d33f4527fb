#include "runtime/cores.h"

#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "base/raw_syscall.h"
#include "runtime/high_descriptor.h"

namespace heddle {
namespace {

constexpr char kName[] = "heddle-core-";

// A socket that is bound to the core's name; -1: somebody else's is.
int bind_name(int number) {
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  const int length = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "%s%d", kName, number);
  const long low = raw_syscall(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (low < 0) return -1;
  const long size = static_cast<long>(offsetof(sockaddr_un, sun_path)) + 1 + length;
  if (raw_syscall(SYS_bind, low, reinterpret_cast<long>(&name), size) != 0) {
    raw_syscall(SYS_close, low);
    return -1;
  }
  return move_high(static_cast<int>(low));
}

}  // namespace

Core Core::take() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return {};
  for (int number = 0; number < CPU_SETSIZE; ++number) {
    if (!CPU_ISSET(number, &allowed)) continue;
    const int socket = bind_name(number);
    if (socket >= 0) return {number, socket};
  }
  return {};
}

void Core::leave_to_maker() {
  constexpr int kMostDescriptors = 1024;  // high_descriptor.h gives none above
  for (int descriptor = 3; descriptor < kMostDescriptors; ++descriptor) {
    sockaddr_un name = {};
    socklen_t size = sizeof(name);
    const long result = raw_syscall(SYS_getsockname, descriptor, reinterpret_cast<long>(&name),
                                    reinterpret_cast<long>(&size));
    const bool ours = result == 0 && name.sun_family == AF_UNIX && name.sun_path[0] == 0 &&
                      strncmp(name.sun_path + 1, kName, sizeof(kName) - 1) == 0;
    if (ours) raw_syscall(SYS_close, descriptor);
  }
}

Core::~Core() {
  if (socket_ >= 0) raw_syscall(SYS_close, socket_);
}

void Core::pin() const {
  if (number_ < 0) return;
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(number_, &only);
  sched_setaffinity(0, sizeof(only), &only);
}

}  // namespace heddle
