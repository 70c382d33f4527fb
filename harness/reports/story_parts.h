// What the tellers of stories share.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/finding.h"
#include "reports/names.h"

namespace heddle {

// What was found out; `steps` are indices into Finding::steps.
struct Telling {
  std::string text;
  std::vector<size_t> steps;
  std::vector<std::pair<size_t, std::string>> notes;
  std::string mistake = "";  // Finding::mistake
};

bool same_object(const Step& a, const Step& b);
bool is_read(const Step& step);   // of memory or a file; not an atomic update
bool is_write(const Step& step);  // of memory or a file; not an atomic update
bool is_lock(const Step& step);   // or try-lock, of any kind of lock
bool is_unlock(const Step& step);
// Steps that every program takes and that seldom say anything: tasks begin and end, heap blocks.
bool is_housekeeping(const Step& step);

// The last steps, at most `limit`, on objects where tasks met: two used them, and not all of them
// only looked.
std::vector<size_t> meeting_steps(const std::vector<Step>& steps, size_t limit);

// " (account.h:14)", or nothing.
std::string at(const Step& step);

// The check's message speaks of the object: contains the last part of its name as a word.
bool mentions(const std::string& message, const std::string& object);

// Whether a failure is about what the step was done to: its message mentions it, or the failing
// task read it afterwards, as the last thing before it failed.
bool concerns(const Finding& finding, size_t step);
bool shares_lock(const Step& a, const Step& b);

// story_check.cc: a task read, another one changed that, and the first one acted all the same.
std::optional<Telling> check_then_act(const Finding& finding);

// story_memory.cc: read-modify-write with another task's write in between; a reader who saw half of
// a change; a waiter who did not look again.
std::optional<Telling> lost_update(const Finding& finding, bool only_mentioned);
std::optional<Telling> torn_read(const Finding& finding);
std::optional<Telling> stale_wake_up(const Finding& finding);

// story_heap.cc: memory that is used, or freed, after its life has ended.
Telling dead_memory_story(const Finding& finding);

// story_waits.cc: the deadlock family, by its waits.
Telling waiting_story(const Finding& finding);

}  // namespace heddle
