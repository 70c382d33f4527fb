// Limits of the process and the mask of new files: what a task changes lasts for the execution.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "runtime/real.h"
#include "runtime/runtime.h"
#include "runtime/second_name.h"

namespace {

// A hard limit, once lowered, could not be put back: it stays.
rlimit soft_only(int kind, const rlimit& wanted) {
  rlimit now = {};
  getrlimit(static_cast<__rlimit_resource_t>(kind), &now);
  return {wanted.rlim_cur, wanted.rlim_max < now.rlim_max ? now.rlim_max : wanted.rlim_max};
}

}  // namespace

using heddle::controlled;
using heddle::Runtime;

extern "C" {

HEDDLE_EXPORT int setrlimit(__rlimit_resource_t kind, const rlimit* limit) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(setrlimit)(kind, limit);
  runtime->changed_process = true;
  const rlimit soft = soft_only(kind, *limit);
  return HEDDLE_REAL(setrlimit)(kind, &soft);
}
HEDDLE_SECOND_NAME(setrlimit64, setrlimit);

HEDDLE_EXPORT int prlimit(pid_t process, __rlimit_resource kind, const rlimit* limit,
                          rlimit* before) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr || limit == nullptr) {
    return HEDDLE_REAL(prlimit)(process, kind, limit, before);
  }
  runtime->changed_process = true;
  const rlimit soft = soft_only(kind, *limit);
  return HEDDLE_REAL(prlimit)(process, kind, &soft, before);
}
HEDDLE_SECOND_NAME(prlimit64, prlimit);

HEDDLE_EXPORT mode_t umask(mode_t mask) noexcept {
  if (Runtime* runtime = controlled()) runtime->changed_process = true;
  return HEDDLE_REAL(umask)(mask);
}

}  // extern "C"
