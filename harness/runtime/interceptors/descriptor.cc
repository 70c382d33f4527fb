// Calls that make descriptors of other things than files: they are known, so that reading from them
// is refused where it could wait, and closed when the execution has left them open.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "runtime/file_operation.h"
#include "runtime/real.h"

// One that returns a descriptor; `what` names it in reports.
#define HEDDLE_DESCRIPTOR_MAKER(name, what, parameters, ...)               \
  HEDDLE_EXPORT int name parameters noexcept {                             \
    Runtime* runtime = controlled();                                       \
    if (runtime == nullptr) return HEDDLE_REAL(name)(__VA_ARGS__);         \
    heddle::File& file = named(*runtime, what, HEDDLE_CALLER);             \
    FileOperation operation(*runtime, Op::file_open, file, HEDDLE_CALLER); \
    const int descriptor = operation.done(HEDDLE_REAL(name)(__VA_ARGS__)); \
    operation.table().opened(*runtime, descriptor, file, HEDDLE_CALLER);   \
    return descriptor;                                                     \
  }

// One that fills in two.
#define HEDDLE_PAIR_MAKER(name, what, parameters, ...)                     \
  HEDDLE_EXPORT int name parameters noexcept {                             \
    Runtime* runtime = controlled();                                       \
    if (runtime == nullptr) return HEDDLE_REAL(name)(__VA_ARGS__);         \
    heddle::File& file = named(*runtime, what, HEDDLE_CALLER);             \
    FileOperation operation(*runtime, Op::file_open, file, HEDDLE_CALLER); \
    const int result = operation.done(HEDDLE_REAL(name)(__VA_ARGS__));     \
    if (result != 0) return result;                                        \
    for (int i = 0; i < 2; ++i) {                                          \
      operation.table().opened(*runtime, ends[i], file, HEDDLE_CALLER);    \
    }                                                                      \
    return result;                                                         \
  }

namespace {

heddle::File& named(heddle::Runtime& runtime, const char* what, heddle::Site site) {
  return heddle::devices(runtime).files.named(runtime, what, site);
}

}  // namespace

using heddle::controlled;
using heddle::FileOperation;
using heddle::Op;
using heddle::Runtime;

extern "C" {

HEDDLE_PAIR_MAKER(pipe, "pipe", (int* ends), ends)
HEDDLE_PAIR_MAKER(pipe2, "pipe", (int* ends, int flags), ends, flags)
HEDDLE_PAIR_MAKER(socketpair, "socket", (int domain, int type, int protocol, int* ends), domain,
                  type, protocol, ends)

HEDDLE_DESCRIPTOR_MAKER(socket, "socket", (int domain, int type, int protocol), domain, type,
                        protocol)
HEDDLE_DESCRIPTOR_MAKER(epoll_create, "epoll instance", (int size), size)
HEDDLE_DESCRIPTOR_MAKER(epoll_create1, "epoll instance", (int flags), flags)
HEDDLE_DESCRIPTOR_MAKER(eventfd, "event descriptor", (unsigned value, int flags), value, flags)
HEDDLE_DESCRIPTOR_MAKER(signalfd, "signal descriptor",
                        (int descriptor_or_none, const sigset_t* signals, int flags),
                        descriptor_or_none, signals, flags)
HEDDLE_DESCRIPTOR_MAKER(timerfd_create, "timer", (clockid_t clock, int flags), clock, flags)
HEDDLE_DESCRIPTOR_MAKER(inotify_init, "inotify instance", (), )
HEDDLE_DESCRIPTOR_MAKER(inotify_init1, "inotify instance", (int flags), flags)
HEDDLE_DESCRIPTOR_MAKER(memfd_create, "file in memory", (const char* name, unsigned flags), name,
                        flags)

}  // extern "C"
