// How reports call tasks, places and severities. Names are given as the program chose them: what
// prints them escapes them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/finding.h"

namespace heddle {

class TaskNames {
 public:
  // Tasks that share a name are told apart by their number.
  explicit TaskNames(const std::vector<TaskInfo>& tasks);
  std::string operator()(TaskId task) const;

 private:
  std::map<TaskId, std::string> names_;
};

// Of 100 tasks the two or three that the relevant steps, accesses and waits are about; all where
// these name none.
std::vector<TaskInfo> involved_tasks(const Finding& finding);

// "account.h:14"; the path's last part alone. Empty when unknown.
std::string short_place(const SourcePlace& place);
// "bank/account.h:14".
std::string full_place(const SourcePlace& place);
std::string base_name(const std::string& path);

const char* word(Severity severity);
const char* word(Effect effect);

// Errors of the program, a finding and the one behind it counting once.
uint64_t count_bugs(const std::vector<Finding>& findings);

}  // namespace heddle
