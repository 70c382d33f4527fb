// Schedules that are too long for a command line: they are kept in files, which commands name.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace heddle {

// As it stands in a command: itself or, where it is too long to be pasted into a terminal, "@FILE"
// with the file that `keep_long_schedules` makes of it.
std::string schedule_word(const std::string& schedule);

// What was typed: a schedule, or "@FILE". Throws Failure where there is no such file.
std::string schedule_text(const std::string& typed);

// Writes the files that the commands name which replay findings, or outcomes, into that folder.
// What cannot be written is said on `error_descriptor`: the schedules stand in the JSON report as
// well.
void keep_long_schedules(const std::vector<Finding>& findings, const std::string& folder,
                         int error_descriptor);
void keep_long_schedules(const std::vector<OutcomeCount>& outcomes, const std::string& folder,
                         int error_descriptor);

}  // namespace heddle
