#include "runtime/outside.h"

#include <string.h>
#include <sys/auxv.h>

#include "runtime/globals.h"
#include "runtime/process.h"

namespace heddle {

OutsideScope::OutsideScope(const void* frame) {
  start_process();
  process.host = true;
  // The kernel puts arguments and environment above the first frame, and this name above them.
  const auto* const last = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  HEDDLE_CHECK(last != nullptr);
  process.runtime->globals->keep_stack(
      {reinterpret_cast<uintptr_t>(frame), reinterpret_cast<uintptr_t>(last + strlen(last) + 1)});
}

OutsideScope::~OutsideScope() {
  process.runtime->globals->keep_stack({});
  process.host = false;
}

void refuse_within_execution(Site site) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return;
  process.controlled = nullptr;
  not_modelled(*runtime, "heddle::explore", "a body cannot explore: call it outside of bodies",
               site);
}

}  // namespace heddle
