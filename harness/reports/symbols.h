// Source places and variable names of the running program, by libbacktrace and the symbol table.
// Host code: allocates, and is slow at its first question (20-150 ms), so ask only for a story.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/symbolizer.h"
#include "reports/debug_info.h"
#include "reports/elf_variables.h"
#include "reports/instrumentation.h"

struct backtrace_state;

namespace heddle {

class Symbols final : public Symbolizer {
 public:
  // Files below `source_root` are named relative to it. `harness_root` is where Heddle's own
  // sources lay when it was built: frames of these are not the user's.
  explicit Symbols(std::string source_root, std::string harness_root = built_from());

  // All frames, innermost first, those of inlined functions included. Frames in the system's
  // libraries have a function and no source line.
  std::vector<SourcePlace> stack(const std::vector<uintptr_t>& return_addresses) override;

  // The innermost frame at a return address, functions inlined there included.
  SourcePlace innermost(uintptr_t return_address);

  // Of a stack: the innermost frame that is the user's, else the innermost one with a source line.
  SourcePlace user_place(const std::vector<SourcePlace>& stack) const;

  // Written by the user: not of a system header, a library or Heddle itself.
  bool user_frame(const SourcePlace& place) const;
  bool is_users(const SourcePlace& place) override { return user_frame(place); }

  SourcePlace function(uintptr_t address) override;
  VariableName variable(uintptr_t address) override;
  VariableName local(uintptr_t return_address, uintptr_t frame_end, uintptr_t address) override;

  bool is_foreign(uintptr_t return_address) override;

  // The user's units and the libraries whose accesses to memory nobody sees. The units' names are
  // as short as those of source files.
  std::vector<std::string> uninstrumented();

  // By demangled name, as ElfVariables::named.
  absl::StatusOr<GlobalVariable> global(absl::string_view name);

 private:
  static std::string built_from();
  backtrace_state* state();
  const ElfVariables& variables();
  const DebugInfo& debug_info();
  const Instrumentation& instrumentation();
  const std::vector<SourcePlace>& frames_at(uintptr_t return_address);
  std::string symbol_at(uintptr_t address);
  std::string relative(const std::string& file) const;

  std::string source_root_;   // ends in '/', or empty
  std::string harness_root_;  // likewise
  backtrace_state* state_ = nullptr;
  std::unique_ptr<ElfVariables> variables_;
  std::unique_ptr<DebugInfo> debug_info_;
  std::unique_ptr<Instrumentation> instrumentation_;
  std::unordered_map<uintptr_t, std::vector<SourcePlace>> frames_;
};

}  // namespace heddle
