// Hand-made results about memory whose life has ended and about locks that are misused.
#pragma once

#include <string>

#include "unit/reports/samples.h"

namespace heddle {
namespace samples {

// A stack of nodes that are freed while another task looks at them; then freed once more.
inline ExplorationResult dead_memory_sample() {
  ExplorationResult out = result("stack.careless", Verdict::fail, 101);
  const std::string block = "heap block of 16 bytes allocated at stack.cc:9";
  Steps steps("stack/stack.cc", "pop");
  const auto on_block = [&](uint32_t task, Op op, uint64_t offset, int line) {
    Step& step = steps.add(task, op, block, line);
    step.object_id = 0x1000 + offset;
    step.has_value = op == Op::heap_allocate;
    step.value = 16;
  };
  on_block(0, Op::heap_allocate, 0, 9);
  steps.read(1, "head", 4096, 14);
  steps.read(2, "head", 4096, 14);
  steps.write(2, "head", 4096, 0, 16);
  on_block(2, Op::heap_free, 0, 17);
  on_block(1, Op::read, 8, 15);
  Finding use = finding(FindingKind::use_after_free, block + " (8 bytes at offset 8)", 17);
  use.object = use.message;
  use.tasks = {task(0, "main"), task(1, "popper-1"), task(2, "popper-2")};
  use.steps = steps.take();
  use.accesses = {use.steps[5], use.steps[4]};
  Finding twice = use;
  twice.kind = FindingKind::double_free;
  twice.message = twice.object = block;
  twice.count = 3;
  twice.steps[5].op = Op::heap_free;
  twice.steps[5].object_id = 0x1000;
  twice.accesses = {twice.steps[5], twice.steps[4]};
  Finding stack =
      finding(FindingKind::use_after_free, "stack of task popper-1, which has ended", 1);
  stack.object = stack.message;
  stack.tasks = use.tasks;
  Steps reads("stack/stack.cc", "main");
  reads.about(1, Op::task_end, kMaxTasks, 30);
  reads.read(0, "popper-1's stack", 7, 31);
  stack.steps = reads.take();
  stack.accesses = {stack.steps[1]};
  out.findings = {use, twice, stack};
  replayable(out);
  return out;
}

inline ExplorationResult misuse_sample() {
  ExplorationResult out = result("shelf.careless", Verdict::fail, 101);
  Finding found =
      finding(FindingKind::lock_misuse, "clerk locks shelf.mutex, which main has destroyed", 40);
  found.tasks = {task(0, "main"), task(1, "clerk", {"shelf/shelf.cc", 20, "main"})};
  Steps steps("shelf/shelf.cc", "main");
  steps.add(0, Op::mutex_lock, "shelf.mutex", 21);
  steps.add(0, Op::mutex_unlock, "shelf.mutex", 22);
  steps.add(0, Op::destroy, "shelf.mutex", 23);
  steps.add(1, Op::mutex_lock, "shelf.mutex", 12).effect = Effect::failed;
  found.steps = steps.take();
  out.findings = {found};
  replayable(out);
  return out;
}

}  // namespace samples
}  // namespace heddle
