#include "runtime/devices.h"

namespace heddle {

std::string end_devices(Runtime& runtime, bool wanted) {
  Devices& all = devices(runtime);
  // Only system calls that nobody sees can do that; asked now and then, as it takes one.
  constexpr uint64_t kEvery = 64;
  const bool asked =
      wanted || runtime.engine.summary().number == 0 || all.executions++ % kEvery == 0;
  if (asked && !all.output.intact()) HEDDLE_CHECK(!"Heddle's own descriptors are open");
  const bool returned = runtime.engine.returned();
  // A failed assertion prints by itself.
  const bool unseen = runtime.used_stdio || !returned;
  if (unseen || all.output.buffers_outside_stdio()) all.output.flush();
  const FileTable::Leftovers found = all.files.end_execution(/*flush=*/returned);
  if (found.standard_changed) all.output.restore();
  if (found.input_used) all.output.restore_input();
  std::string text = all.output.take(unseen, wanted);
  if (all.folder.exists() && (runtime.used_files || found.moved)) all.folder.clean(found.moved);
  all.random.end_execution(runtime.used_rand);
  runtime.touching_user_memory = false;  // an abandoned operation may have left it set
  runtime.used_stdio = runtime.used_files = runtime.used_rand = false;
  return text;
}

}  // namespace heddle
