// Reports of shards: files from anywhere. What can be read can be explained and written.
#include <cstdint>
#include <string>

#include "reports/json.h"
#include "reports/shard_json.h"
#include "reports/story.h"
#include "reports/text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  absl::StatusOr<heddle::ExplorationResult> shard = heddle::read_shard(text);
  if (!shard.ok()) return 0;
  shard->findings = shard->shard->findings;
  heddle::explain(*shard);
  heddle::json_report(*shard, false);
  heddle::text_report(*shard, heddle::TextOptions());
  return 0;
}
