// The command that joins reports of shards.
#pragma once

#include "frontends/options.h"
#include "frontends/workbench.h"

namespace heddle {

// Throws Failure where the reports are not those of one exploration's shards, each of them once.
Answer merge(const CommandOptions& options, const Console& console);

}  // namespace heddle
