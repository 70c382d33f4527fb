#include "runtime/outside.h"

#include <dlfcn.h>

#include "runtime/globals.h"
#include "runtime/process.h"

namespace heddle {

OutsideScope::OutsideScope(const void* frame) {
  start_process();
  process.host = true;
  void* const* const end = static_cast<void**>(dlsym(RTLD_DEFAULT, "__libc_stack_end"));
  HEDDLE_CHECK(end != nullptr);
  process.runtime->globals->keep_stack(
      {reinterpret_cast<uintptr_t>(frame), reinterpret_cast<uintptr_t>(*end)});
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
