// Memory that is used, or freed, after its life has ended.
#include "absl/strings/str_cat.h"
#include "reports/story_parts.h"

namespace heddle {
namespace {

// Besides the three that matter, so many steps show how it came about.
constexpr size_t kSurroundings = 16;

std::optional<size_t> index_of(const Finding& finding, const Step& access) {
  for (size_t i = 0; i < finding.steps.size(); ++i) {
    if (access.step != 0 && finding.steps[i].step == access.step) return i;
  }
  return std::nullopt;
}

// The allocation of the block that the step `freed` releases.
std::optional<size_t> allocation_of(const Finding& finding, size_t freed) {
  const uint64_t address = finding.steps[freed].object_id;
  for (size_t i = freed; i-- > 0;) {
    const Step& step = finding.steps[i];
    if (step.op != Op::heap_allocate || !step.has_value) continue;
    if (address - step.object_id < static_cast<uint64_t>(step.value)) return i;
  }
  return std::nullopt;
}

std::string block_text(const Finding& finding, const TaskNames& names,
                       std::optional<size_t> allocated) {
  const Step& use = finding.accesses[0];
  const Step& freed = finding.accesses[1];
  const bool twice = finding.kind == FindingKind::double_free;
  const bool alone = use.task == freed.task;
  std::string text =
      absl::StrCat(names(use.task), twice ? " frees" : " uses", at(use), " a heap block that ",
                   alone ? "it" : names(freed.task), " has freed already", at(freed), ".");
  if (allocated) {
    const Step& step = finding.steps[*allocated];
    absl::StrAppend(&text, " It was allocated by ", names(step.task), at(step), ".");
  }
  if (alone) return text;
  return absl::StrCat(text, twice ? " Only one of them may own it."
                                  : " Whoever frees a block must know that nobody reaches it any "
                                    "more.");
}

}  // namespace

Telling dead_memory_story(const Finding& finding) {
  Telling story;
  if (finding.accesses.empty()) return story;
  const TaskNames names(finding.tasks);
  const Step& use = finding.accesses[0];
  const std::optional<size_t> used = index_of(finding, use);
  std::optional<size_t> freed;
  std::optional<size_t> allocated;
  if (finding.accesses.size() == 1) {
    story.text = absl::StrCat(names(use.task), " uses", at(use), " the ", finding.object,
                              ": what lies there lives no longer than its task.");
  } else {
    freed = index_of(finding, finding.accesses[1]);
    if (freed) allocated = allocation_of(finding, *freed);
    story.text = block_text(finding, names, allocated);
  }
  const size_t end = used ? *used + 1 : finding.steps.size();
  const std::vector<Step> before(finding.steps.begin(),
                                 finding.steps.begin() + static_cast<std::ptrdiff_t>(end));
  story.steps = meeting_steps(before, kSurroundings);
  for (const std::optional<size_t>& index : {allocated, freed, used}) {
    if (index) story.steps.push_back(*index);
  }
  if (used) {
    story.notes.emplace_back(*used, finding.kind == FindingKind::double_free ? "freed already"
                                    : freed                                  ? "freed"
                                            : "its task has ended");
  }
  return story;
}

}  // namespace heddle
