// Calls that Heddle does not model yet and that would wait, or start something that it does not
// control: in an execution they end the run and say what to do instead. Elsewhere they are libc's.
//
// A call that gets a model loses its line here; nothing else needs to change.
#include "base/check.h"
#include "runtime/real.h"
#include "runtime/runtime.h"

namespace {

constexpr char kProcesses[] =
    "other processes are not explored: test the code with threads of this process";
constexpr char kSockets[] =
    "the network is not explored: pass data between threads in memory, or use a fake connection";
constexpr char kEvents[] =
    "waiting for descriptors is not modelled: wait for a condition variable or an atomic";
constexpr char kSignals[] =
    "these old calls are not modelled: use sigaction, pthread_sigmask and sigsuspend";
constexpr char kTimers[] = "timers that raise signals are not modelled: let a thread sleep and act";
constexpr char kQueues[] =
    "queues and semaphores between processes are not modelled: use those of one process";
constexpr char kAsynchronous[] =
    "asynchronous input and output is not modelled: read and write from a thread";
constexpr char kRobust[] =
    "an owner that dies is a thread that ends while it holds the lock: use a mutex with default "
    "attributes under test, and Heddle reports such an end as orphaned-lock";
constexpr char kStreams[] = "use a plain file, or a stream in memory";
constexpr char kDescriptors[] = "close the descriptors that you have opened one by one";

}  // namespace

// X(function, advice)
#define HEDDLE_REFUSED(X)              \
  X(fork, kProcesses)                  \
  X(vfork, kProcesses)                 \
  X(clone, kProcesses)                 \
  X(daemon, kProcesses)                \
  X(system, kProcesses)                \
  X(popen, kProcesses)                 \
  X(pclose, kProcesses)                \
  X(posix_spawn, kProcesses)           \
  X(posix_spawnp, kProcesses)          \
  X(execl, kProcesses)                 \
  X(execle, kProcesses)                \
  X(execlp, kProcesses)                \
  X(execv, kProcesses)                 \
  X(execve, kProcesses)                \
  X(execvp, kProcesses)                \
  X(execvpe, kProcesses)               \
  X(fexecve, kProcesses)               \
  X(execveat, kProcesses)              \
  X(wait, kProcesses)                  \
  X(wait3, kProcesses)                 \
  X(wait4, kProcesses)                 \
  X(waitid, kProcesses)                \
  X(waitpid, kProcesses)               \
  X(accept, kSockets)                  \
  X(accept4, kSockets)                 \
  X(connect, kSockets)                 \
  X(recv, kSockets)                    \
  X(__recv_chk, kSockets)              \
  X(recvfrom, kSockets)                \
  X(__recvfrom_chk, kSockets)          \
  X(recvmsg, kSockets)                 \
  X(recvmmsg, kSockets)                \
  X(send, kSockets)                    \
  X(sendto, kSockets)                  \
  X(sendmsg, kSockets)                 \
  X(sendmmsg, kSockets)                \
  X(getaddrinfo, kSockets)             \
  X(gethostbyname, kSockets)           \
  X(gethostbyaddr, kSockets)           \
  X(select, kEvents)                   \
  X(pselect, kEvents)                  \
  X(poll, kEvents)                     \
  X(__poll_chk, kEvents)               \
  X(ppoll, kEvents)                    \
  X(__ppoll_chk, kEvents)              \
  X(epoll_wait, kEvents)               \
  X(epoll_pwait, kEvents)              \
  X(epoll_pwait2, kEvents)             \
  X(eventfd_read, kEvents)             \
  X(eventfd_write, kEvents)            \
  X(splice, kEvents)                   \
  X(tee, kEvents)                      \
  X(vmsplice, kEvents)                 \
  X(sighold, kSignals)                 \
  X(sigrelse, kSignals)                \
  X(sigset, kSignals)                  \
  X(sigpause, kSignals)                \
  X(sigblock, kSignals)                \
  X(sigsetmask, kSignals)              \
  X(alarm, kTimers)                    \
  X(ualarm, kTimers)                   \
  X(setitimer, kTimers)                \
  X(timer_create, kTimers)             \
  X(timer_settime, kTimers)            \
  X(timerfd_settime, kTimers)          \
  X(msgrcv, kQueues)                   \
  X(msgsnd, kQueues)                   \
  X(semop, kQueues)                    \
  X(semtimedop, kQueues)               \
  X(mq_open, kQueues)                  \
  X(mq_receive, kQueues)               \
  X(mq_timedreceive, kQueues)          \
  X(mq_send, kQueues)                  \
  X(mq_timedsend, kQueues)             \
  X(mq_notify, kQueues)                \
  X(sem_open, kQueues)                 \
  X(aio_read, kAsynchronous)           \
  X(aio_read64, kAsynchronous)         \
  X(aio_write, kAsynchronous)          \
  X(aio_write64, kAsynchronous)        \
  X(aio_fsync, kAsynchronous)          \
  X(aio_fsync64, kAsynchronous)        \
  X(aio_suspend, kAsynchronous)        \
  X(aio_suspend64, kAsynchronous)      \
  X(lio_listio, kAsynchronous)         \
  X(lio_listio64, kAsynchronous)       \
  X(pthread_mutex_consistent, kRobust) \
  X(fopencookie, kStreams)             \
  X(close_range, kDescriptors)         \
  X(closefrom, kDescriptors)

namespace {

struct RefusedCall {
  const char* name;
  const char* advice;
};
constexpr RefusedCall kCalls[] = {
#define HEDDLE_CALL(name, advice) {#name, advice},
    HEDDLE_REFUSED(HEDDLE_CALL)
#undef HEDDLE_CALL
};
constexpr unsigned kCallCount = sizeof(kCalls) / sizeof(kCalls[0]);

}  // namespace

// libc's function number `index`, for a caller who is in no execution. Called from below.
extern "C" __attribute__((visibility("hidden"), used)) void* heddle_pass_refused(unsigned index,
                                                                                 uintptr_t caller) {
  static void* real[kCallCount];  // looked up on first use
  HEDDLE_CHECK(index < kCallCount);
  if (heddle::Runtime* runtime = heddle::controlled()) {
    heddle::HarnessScope scope(*runtime);
    heddle::not_modelled(*runtime, kCalls[index].name, kCalls[index].advice, heddle::Site{caller});
  }
  if (real[index] == nullptr) real[index] = dlsym(RTLD_NEXT, kCalls[index].name);
  HEDDLE_CHECK(real[index] != nullptr);
  return real[index];
}

// Each function pushes its number and goes to the common part, which puts every register back in
// which arguments may be, so that no function needs its signature here, and jumps to libc's, which
// then returns to the caller itself (as vfork must). Weak: a program may have a function of its own
// that is called `connect`.
#define HEDDLE_ENTRY(name, advice)     \
  ".weak " #name                       \
  "\n"                                 \
  ".type " #name ", @function\n" #name \
  ":\n"                                \
  ".cfi_startproc\n"                   \
  "push $heddle_refused_index\n"       \
  ".cfi_adjust_cfa_offset 8\n"         \
  "jmp heddle_refused_call\n"          \
  ".cfi_endproc\n"                     \
  ".size " #name ", . - " #name        \
  "\n"                                 \
  ".set heddle_refused_index, heddle_refused_index + 1\n"

#define HEDDLE_EACH_ARGUMENT(X) X(rdi) X(rsi) X(rdx) X(rcx) X(r8) X(r9) X(rax)
#define HEDDLE_SAVE(name) "push %" #name "\n.cfi_adjust_cfa_offset 8\n"

asm(".pushsection heddle_export,\"ax\",@progbits\n"
    ".set heddle_refused_index, 0\n"
    HEDDLE_REFUSED(HEDDLE_ENTRY)
    ".popsection\n"
    ".pushsection .text.heddle_refused,\"ax\",@progbits\n"
    ".type heddle_refused_call, @function\n"
    "heddle_refused_call:\n"
    ".cfi_startproc\n"
    ".cfi_def_cfa_offset 16\n"                    // return address, number
    HEDDLE_EACH_ARGUMENT(HEDDLE_SAVE)
    "sub $72, %rsp\n"                            // of which 8 align the stack
    ".cfi_adjust_cfa_offset 72\n"
    "movups %xmm0, (%rsp)\n"
    "movups %xmm1, 16(%rsp)\n"
    "movups %xmm2, 32(%rsp)\n"
    "movups %xmm3, 48(%rsp)\n"
    "mov 128(%rsp), %edi\n"                       // the number: above 72 + 7 * 8 bytes
    "mov 136(%rsp), %rsi\n"                       // the return address
    "call heddle_pass_refused\n"
    "mov %rax, %r11\n"
    "movups (%rsp), %xmm0\n"
    "movups 16(%rsp), %xmm1\n"
    "movups 32(%rsp), %xmm2\n"
    "movups 48(%rsp), %xmm3\n"
    "add $72, %rsp\n"
    ".cfi_adjust_cfa_offset -72\n"
    "pop %rax\n"
    ".cfi_adjust_cfa_offset -8\n"
    "pop %r9\n"
    ".cfi_adjust_cfa_offset -8\n"
    "pop %r8\n"
    ".cfi_adjust_cfa_offset -8\n"
    "pop %rcx\n"
    ".cfi_adjust_cfa_offset -8\n"
    "pop %rdx\n"
    ".cfi_adjust_cfa_offset -8\n"
    "pop %rsi\n"
    ".cfi_adjust_cfa_offset -8\n"
    "pop %rdi\n"
    ".cfi_adjust_cfa_offset -8\n"
    "add $8, %rsp\n"
    ".cfi_adjust_cfa_offset -8\n"
    "jmp *%r11\n"
    ".cfi_endproc\n"
    ".size heddle_refused_call, . - heddle_refused_call\n"
    ".popsection\n");
