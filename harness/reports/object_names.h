// Names of variables and files as a reader wants them: without namespaces and folders, wherever the
// last part alone tells them apart.
#pragma once

#include "core/result.h"

namespace heddle {

// Everywhere in the finding but in what the program itself said.
void shorten_objects(Finding& finding);
// The replay's own steps; its findings are shortened as findings.
void shorten_objects(ReplayResult& replay);

}  // namespace heddle
