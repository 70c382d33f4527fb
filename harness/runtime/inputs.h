// What a whole program finds in the folder that it was started in.
#pragma once

#include "runtime/runtime.h"

namespace heddle {

// Executions run in a folder of their own. When a whole program names a file, by a relative path,
// that is not there but was where the program was started, the file is copied into the execution's
// folder first: it is read as it was, and what the execution does to it is gone afterwards. Once an
// execution and file: what has been removed stays removed. Listing a folder shows only what was
// copied. `heddle check --fresh-dir` copies everything beforehand instead: folder_copy.h. Called
// inside a HarnessScope, before the call that uses the path.
void bring_input(Runtime& runtime, int directory, const char* path, Site site);

}  // namespace heddle
