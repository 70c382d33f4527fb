#include "reports/symbols.h"

#include <dlfcn.h>
#include <link.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "reports/backtrace_api.h"
#include "reports/elf_image.h"
#include "reports/shorten.h"

namespace heddle {
namespace {

// Missing debug information leaves places unknown; that is no error of anybody's.
void ignore_error(void*, const char*, int) {}

std::string normal(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().string();
}

std::string as_folder(std::string path) {
  if (!path.empty()) path = normal(path);
  if (!path.empty() && path.back() != '/') path += '/';
  return path;
}

// Of libc, libstdc++ and the like: their sources are no place to send a reader to.
bool in_system_library(uintptr_t address) {
  Dl_info info;
  return dladdr(reinterpret_cast<void*>(address), &info) != 0 && info.dli_fname != nullptr &&
         is_system_library(info.dli_fname);
}

// As the library exports it: whether debug files of the system are installed changes no report.
std::string exported_symbol_at(uintptr_t address) {
  Dl_info info;
  const bool known =
      dladdr(reinterpret_cast<void*>(address), &info) != 0 && info.dli_sname != nullptr;
  return known ? info.dli_sname : "";
}

// What a library's own member holds is called by the name of the whole.
VariableName name_of(const std::string& before, const VariablePart& part) {
  const bool whole = part.offset == 0 || part.opaque;
  return {
      whole ? absl::StrCat(before, part.name) : absl::StrCat(before, part.name, "+", part.offset),
      part.size, part.offset};
}

// Those that every C++ program has, and that Heddle knows: what they do to the program's memory is
// modelled or seen.
bool is_known_library(absl::string_view name) {
  for (const absl::string_view known :
       {"ld-linux", "libc.so", "libm.so", "libgcc_s.so", "libstdc++.so", "libpthread.so",
        "libdl.so", "librt.so", "linux-vdso.so", "linux-gate.so"}) {
    if (absl::StartsWith(name, known)) return true;
  }
  return false;
}

// The other shared libraries that the program has loaded, by their files' names.
std::vector<std::string> foreign_libraries() {
  std::vector<std::string> libraries;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        const std::string path = info->dlpi_name == nullptr ? "" : info->dlpi_name;
        const std::string name = path.substr(path.rfind('/') + 1);
        if (!name.empty() && !is_known_library(name)) {
          static_cast<std::vector<std::string>*>(data)->push_back(name);
        }
        return 0;
      },
      &libraries);
  return libraries;
}

}  // namespace

// libbacktrace's question for the loaded files. It would read each of them, and the debug files of
// the system's where they are installed.
extern "C" int heddle_symbolized_files(int (*visit)(dl_phdr_info*, size_t, void*), void* data) {
  struct Request {
    int (*visit)(dl_phdr_info*, size_t, void*);
    void* data;
  } request{visit, data};
  return dl_iterate_phdr(
      [](dl_phdr_info* info, size_t size, void* asked) {
        if (info->dlpi_name != nullptr && is_system_library(info->dlpi_name)) return 0;
        return static_cast<Request*>(asked)->visit(info, size, static_cast<Request*>(asked)->data);
      },
      &request);
}

Symbols::Symbols(std::string source_root, std::string harness_root)
    : source_root_(as_folder(std::move(source_root))),
      harness_root_(as_folder(std::move(harness_root))) {}

std::string Symbols::built_from() {
  return std::filesystem::path(__FILE__).parent_path().parent_path().string();
}

backtrace_state* Symbols::state() {
  // Never freed: libbacktrace has no call for it, and keeps one table for the process.
  if (state_ == nullptr) state_ = backtrace_create_state(nullptr, 0, ignore_error, nullptr);
  HEDDLE_CHECK(state_ != nullptr);
  return state_;
}

const ElfVariables& Symbols::variables() {
  if (!variables_) variables_ = std::make_unique<ElfVariables>();
  return *variables_;
}

const DebugInfo& Symbols::debug_info() {
  if (!debug_info_) {
    debug_info_ = std::make_unique<DebugInfo>([this](const std::string& file) {
      return user_frame({relative(file), 0, ""});
    });
  }
  return *debug_info_;
}

const Instrumentation& Symbols::instrumentation() {
  if (!instrumentation_) {
    instrumentation_ = std::make_unique<Instrumentation>([this](const std::string& file) {
      return user_frame({relative(file), 0, ""});
    });
  }
  return *instrumentation_;
}

std::string Symbols::relative(const std::string& file) const {
  const std::string path = normal(file);
  return !source_root_.empty() && absl::StartsWith(path, source_root_)
             ? path.substr(source_root_.size())
             : path;
}

const std::vector<SourcePlace>& Symbols::frames_at(uintptr_t return_address) {
  const auto [known, inserted] = frames_.try_emplace(return_address);
  if (!inserted || return_address == 0) return known->second;
  struct Request {
    const Symbols* self;
    std::vector<SourcePlace>* frames;
  } request{this, &known->second};
  const auto add = [](void* data, uintptr_t, const char* file, int line, const char* function) {
    const auto& [self, frames] = *static_cast<Request*>(data);
    if (file == nullptr && function == nullptr) return 0;
    frames->push_back({file == nullptr ? "" : self->relative(file), line,
                       function == nullptr ? "" : short_function(demangled(function))});
    return 0;
  };
  if (!in_system_library(return_address - 1)) {
    backtrace_pcinfo(state(), return_address - 1, add, ignore_error, &request);
  }
  if (known->second.empty()) {
    const std::string name = symbol_at(return_address - 1);
    if (!name.empty()) known->second.push_back({"", 0, name});
  }
  return known->second;
}

SourcePlace Symbols::innermost(uintptr_t return_address) {
  const std::vector<SourcePlace>& frames = frames_at(return_address);
  return frames.empty() ? SourcePlace() : frames.front();
}

std::vector<SourcePlace> Symbols::stack(const std::vector<uintptr_t>& return_addresses) {
  std::vector<SourcePlace> out;
  for (const uintptr_t address : return_addresses) {
    const std::vector<SourcePlace>& frames = frames_at(address);
    out.insert(out.end(), frames.begin(), frames.end());
  }
  return out;
}

bool Symbols::user_frame(const SourcePlace& place) const {
  if (place.file.empty()) return false;
  const bool absolute = place.file.front() == '/';
  const std::string path = absolute ? place.file : absl::StrCat(source_root_, place.file);
  if (!harness_root_.empty() && absl::StartsWith(path, harness_root_)) return false;
  if (absl::StrContains(path, "/include/heddle/")) return false;  // of an installed Heddle
  for (const absl::string_view system :
       {"/usr/include/", "/usr/lib/", "/usr/local/include/", "/usr/src/"}) {
    if (absl::StartsWith(path, system)) return false;
  }
  return true;
}

SourcePlace Symbols::user_place(const std::vector<SourcePlace>& stack) const {
  for (const SourcePlace& place : stack) {
    if (user_frame(place)) return place;
  }
  for (const SourcePlace& place : stack) {
    if (!place.file.empty()) return place;
  }
  return stack.empty() ? SourcePlace() : stack.front();
}

std::string Symbols::symbol_at(uintptr_t address) {
  if (in_system_library(address)) return short_function(demangled(exported_symbol_at(address)));
  std::string name;
  backtrace_syminfo(
      state(), address,
      [](void* data, uintptr_t, const char* symbol, uintptr_t, uintptr_t) {
        if (symbol != nullptr) *static_cast<std::string*>(data) = short_function(demangled(symbol));
      },
      ignore_error, &name);
  return name;
}

SourcePlace Symbols::function(uintptr_t address) {
  // As if a call stood there; the outermost of the frames is no inlined one.
  const std::vector<SourcePlace>& frames = frames_at(address + 1);
  return frames.empty() ? SourcePlace() : frames.back();
}

VariableName Symbols::variable(uintptr_t address) {
  const std::optional<GlobalVariable> found = variables().containing(address);
  if (!found) return {};
  const uint64_t offset = address - found->address;
  const std::string name = short_variable(found->name);
  // As of libstdc++'s table of those who wait for atomics: which part of it says nothing.
  const size_t last = name.rfind("::");
  if (absl::StartsWith(absl::string_view(name).substr(last == std::string::npos ? 0 : last + 2),
                       "__")) {
    return {"a table of the library", found->size, offset};
  }
  if (const auto part = debug_info().part_of_global(found->address, offset)) {
    return name_of(name, *part);
  }
  return {offset == 0 ? name : absl::StrCat(name, "+", offset), found->size, offset};
}

VariableName Symbols::local(uintptr_t return_address, uintptr_t frame_end, uintptr_t address) {
  const auto part = debug_info().local(return_address, frame_end, address);
  return part ? name_of("", *part) : VariableName();
}

bool Symbols::is_foreign(uintptr_t return_address) {
  if (return_address == 0 || in_system_library(return_address - 1)) return false;
  if (innermost(return_address).file.empty()) return true;
  return instrumentation().is_missing_at(return_address - 1);
}

std::vector<std::string> Symbols::uninstrumented() {
  std::vector<std::string> all;
  for (const std::string& file : instrumentation().missing()) all.push_back(relative(file));
  for (const std::string& library : foreign_libraries()) all.push_back(library);
  return all;
}

absl::StatusOr<GlobalVariable> Symbols::global(absl::string_view name) {
  return variables().named(name);
}

}  // namespace heddle
