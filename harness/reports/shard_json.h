// Shards on their way to be joined: what a report of one holds beside what readers see.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "core/result.h"

namespace heddle {

nlohmann::ordered_json shard_json(const ShardPart& part);

// The result that a report of a shard was made of, as far as joining needs it. The text may be
// anything: what is no such report is refused with the reason.
absl::StatusOr<ExplorationResult> read_shard(const std::string& text);

}  // namespace heddle
