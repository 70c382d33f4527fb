#include "frontends/doctor.h"

#include <fcntl.h>
#include <gnu/libc-version.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "reports/printable.h"

namespace heddle {
namespace {

using State = Diagnosis::State;

Diagnosis verdict(bool good, const std::string& what, const std::string& found,
                  const std::string& remedy, State otherwise = State::missing) {
  return {good ? State::ok : otherwise, what, found, good ? "" : remedy};
}

// The first number in a file; `otherwise` where there is none.
uint64_t number_in(const std::string& path, uint64_t otherwise) {
  std::ifstream file(path);
  std::string text;
  uint64_t value = 0;
  return file >> text && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

// "5.10.0-28" is at least 5.9.
bool at_least(const std::string& version, int major, int minor) {
  int actual_major = 0;
  int actual_minor = 0;
  char dot = 0;
  std::istringstream in(version);
  in >> actual_major >> dot >> actual_minor;
  return actual_major > major || (actual_major == major && actual_minor >= minor);
}

Diagnosis machine(const utsname& system) {
  const std::string name = system.machine;
  return verdict(name == "x86_64", "processor", name, "use a machine with an x86-64 processor");
}

Diagnosis kernel(const utsname& system) {
  return verdict(std::string(system.sysname) == "Linux" && at_least(system.release, 4, 17),
                 "kernel", absl::StrCat(system.sysname, " ", system.release),
                 "use Linux 4.17 or later: fixed addresses without overwriting need it");
}

Diagnosis c_library() {
  const std::string version = gnu_get_libc_version();
  return verdict(at_least(version, 2, 31), "glibc", version, "use glibc 2.31 or later");
}

Diagnosis randomisation() {
  constexpr unsigned long kQuery = 0xffffffff;
  const int now = ::personality(kQuery);
  const bool off = now >= 0 && (now & ADDR_NO_RANDOMIZE) != 0;
  bool can = off;
  if (!off && now >= 0) {
    can = ::personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE) >= 0;
    if (can) ::personality(static_cast<unsigned long>(now));
  }
  return verdict(can, "address randomisation can be switched off", can ? "yes" : "refused",
                 "in a container: allow the personality system call (docker run "
                 "--security-opt seccomp=unconfined), or programs that order by pointers may "
                 "behave differently in a replay",
                 State::slower);
}

Diagnosis fs_base() {
  constexpr unsigned long kFsGsBase = 2;
  const bool has = (::getauxval(AT_HWCAP2) & kFsGsBase) != 0;
  return verdict(has, "FSGSBASE instructions", has ? "yes" : "no",
                 "Linux 5.9 or later offers them; until then switching tasks takes a system call",
                 State::slower);
}

Diagnosis shared_memory() {
  const std::string path = absl::StrCat("/dev/shm/heddle-doctor-", ::getpid());
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
    ::unlink(path.c_str());
  }
  struct statvfs space = {};
  const bool known = ::statvfs("/dev/shm", &space) == 0;
  const uint64_t free_mib = known ? uint64_t{space.f_bavail} * space.f_frsize >> 20 : 0;
  constexpr uint64_t kLeastMib = 16;
  const bool good = descriptor >= 0 && free_mib >= kLeastMib;
  return verdict(good, "/dev/shm",
                 descriptor < 0 ? "not writable" : absl::StrCat(free_mib, " MiB free"),
                 "mount a tmpfs there with at least 16 MiB free (docker run --shm-size=64m): each "
                 "execution has its folder on it");
}

Diagnosis mappings() {
  constexpr uint64_t kLeast = 65'530;  // the kernel's default; two for each task
  const uint64_t limit = number_in("/proc/sys/vm/max_map_count", 0);
  return verdict(limit >= kLeast, "vm.max_map_count", absl::StrCat(limit),
                 "sysctl -w vm.max_map_count=65530, or thousands of tasks will not fit",
                 State::slower);
}

Diagnosis overcommit() {
  constexpr uint64_t kNever = 2;
  const uint64_t mode = number_in("/proc/sys/vm/overcommit_memory", 0);
  return verdict(mode != kNever, "vm.overcommit_memory", absl::StrCat(mode),
                 "sysctl -w vm.overcommit_memory=0: large address ranges are reserved and hardly "
                 "touched");
}

Diagnosis address_space() {
  struct rlimit limit = {};
  const bool unlimited = ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
  return verdict(unlimited, "address space",
                 unlimited ? "unlimited" : absl::StrCat(limit.rlim_cur >> 20, " MiB"),
                 "ulimit -v unlimited: large address ranges are reserved and hardly touched");
}

// Control blocks of tasks are made by real threads that end at once, a batch at a time.
Diagnosis processes() {
  constexpr uint64_t kLeast = 128;
  struct rlimit own = {};
  uint64_t limit = UINT64_MAX;
  if (::getrlimit(RLIMIT_NPROC, &own) == 0 && own.rlim_cur != RLIM_INFINITY) limit = own.rlim_cur;
  limit = std::min(limit, number_in("/sys/fs/cgroup/pids.max", UINT64_MAX));
  limit = std::min(limit, number_in("/sys/fs/cgroup/pids/pids.max", UINT64_MAX));
  return verdict(limit >= kLeast, "limit of processes",
                 limit == UINT64_MAX ? "none" : absl::StrCat(limit),
                 "raise it: ulimit -u 1024, or docker run --pids-limit=1024");
}

const char* word(State state) {
  switch (state) {
    case State::ok:
      return "ok";
    case State::slower:
      return "limited";
    case State::missing:
      break;
  }
  return "MISSING";
}

}  // namespace

std::vector<Diagnosis> diagnose() {
  utsname system = {};
  ::uname(&system);
  return {machine(system), kernel(system), c_library(),  randomisation(), fs_base(),
          shared_memory(), mappings(),     overcommit(), address_space(), processes()};
}

bool fit(const std::vector<Diagnosis>& diagnoses) {
  return std::none_of(diagnoses.begin(), diagnoses.end(),
                      [](const Diagnosis& diagnosis) { return diagnosis.state == State::missing; });
}

std::string text_diagnoses(const std::vector<Diagnosis>& diagnoses, bool quiet) {
  size_t width = 0;
  for (const Diagnosis& diagnosis : diagnoses) width = std::max(width, diagnosis.what.size());
  std::string text;
  for (const Diagnosis& diagnosis : diagnoses) {
    if (quiet && diagnosis.state == State::ok) continue;
    absl::StrAppendFormat(&text, "%-7s  %-*s  %s\n", word(diagnosis.state), width, diagnosis.what,
                          printable(diagnosis.found));
    if (!diagnosis.remedy.empty()) absl::StrAppend(&text, "         ", diagnosis.remedy, "\n");
  }
  absl::StrAppend(&text, fit(diagnoses) ? "This machine can run Heddle.\n"
                                        : "This machine cannot run Heddle yet.\n");
  return text;
}

}  // namespace heddle
