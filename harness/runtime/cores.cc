#include "runtime/cores.h"

#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "base/raw_syscall.h"
#include "runtime/high_descriptor.h"

namespace heddle {
namespace {

// A socket that is bound to the core's name; -1: somebody else's is.
int bind_name(int number) {
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  const int length =
      snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "heddle-core-%d", number);
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
