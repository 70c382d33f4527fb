#include "reports/interleaving.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "reports/printable.h"
#include "reports/story_parts.h"

namespace heddle {
namespace {

constexpr size_t kIndent = 4;
constexpr size_t kNarrowestCell = 32;  // so that 80 columns hold two tasks, 200 hold five
constexpr size_t kWidestName = 24;     // of a task in the list form

// One step in words. `tail` says what came of it and moves to a line of its own when there is no
// room.
struct Cell {
  std::string kind;
  std::string object;
  std::string value;
  std::string place;
  std::string tail;
};

struct Widths {
  size_t kind = 0;
  size_t object = 0;
  size_t value = 0;
  size_t place = 0;
  size_t sum() const {
    size_t total = 0;
    for (const size_t width : {kind, object, value, place}) {
      if (width > 0) total += (total > 0 ? kGutter : 0) + width;
    }
    return total;
  }
};

// Source lines without their file where that is the same nearly everywhere; a footer names it.
class Places {
 public:
  explicit Places(const std::vector<const Step*>& steps) {
    std::map<std::string, int> uses;
    for (const Step* step : steps) {
      if (step->place.file.empty()) continue;
      const int count = ++uses[step->place.file];
      if (common_.empty() || count > uses[common_]) common_ = step->place.file;
    }
    for (const auto& [file, count] : uses) {
      ambiguous_ |= !bases_.insert(base_name(file)).second;
    }
    for (const Step* step : steps) {
      if (step->place.file == common_) functions_.insert(step->place.function);
    }
  }

  std::string of(const Step& step) const {
    if (step.place.file.empty()) return "";
    if (step.place.file == common_) return absl::StrCat(":", step.place.line);
    return printable(ambiguous_ ? full_place(step.place) : short_place(step.place));
  }

  std::string footer() const {
    if (common_.empty()) return "";
    std::string text = absl::StrCat(":N is line N of ", printable(common_));
    if (functions_.size() != 1 || functions_.begin()->empty()) return text;
    constexpr size_t kRoom = 72;  // of 80 columns
    const std::string function = absl::StrCat(", in ", printable(*functions_.begin()));
    return text.size() + function.size() <= kRoom ? text + function : text;
  }

 private:
  std::string common_;
  std::set<std::string> bases_;
  std::set<std::string> functions_;
  bool ambiguous_ = false;
};

std::string value_text(const Step& step) {
  if (step.duration_ns > 0) return duration_text(step.duration_ns);
  if (step.changes) return absl::StrCat(step.before, " -> ", step.value);
  if (!step.has_value) return "";
  const bool bytes =
      step.op == Op::file_read || step.op == Op::file_write || step.op == Op::heap_allocate;
  if (step.value < 0) return absl::StrCat(step.value);
  return bytes ? counted(static_cast<uint64_t>(step.value), "byte") : absl::StrCat(step.value);
}

std::string tail_text(const Step& step, const TaskNames& names) {
  switch (step.effect) {
    case Effect::failed:
      return "fails";
    case Effect::timed_out:
      return "times out";
    case Effect::woken_spuriously:
      return "wakes up by itself";
    case Effect::blocked:
      if (step.other == step.task) return "waits for itself";
      return step.other.valid() ? "waits for " + printable(names(step.other)) : "waits";
    case Effect::done:
      if (step.op == Op::condition_wait) return "wakes up";
      if (step.op == Op::signal_send && step.other.valid()) {
        return "to " + printable(names(step.other));
      }
      break;
  }
  return "";
}

Cell cell_of(const Step& step, const TaskNames& names, const Places& places) {
  Cell cell;
  cell.kind =
      std::string(absl::StripPrefix(word(step.op), "file-"));  // the object says it is a file
  cell.object = printable(step.object);
  cell.value = value_text(step);
  cell.place = places.of(step);
  cell.tail = tail_text(step, names);
  const bool about_task = step.op == Op::task_create || step.op == Op::task_join ||
                          step.op == Op::task_detach || step.op == Op::task_cancel;
  if (cell.object.empty() && about_task && step.other.valid()) {
    cell.object = printable(names(step.other));
  }
  if (step.op == Op::heap_allocate) cell.object.clear();  // its size and its line say all
  if (cell.object.empty()) std::swap(cell.object, cell.value);
  if (!step.note.empty()) {
    absl::StrAppend(&cell.tail, cell.tail.empty() ? "" : ", ", printable(step.note));
  }
  return cell;
}

// The four fields in columns where they fit, else one after the other; then the tail.
std::vector<std::string> cell_lines(const Cell& cell, const Widths& widths, size_t room) {
  std::vector<std::string> lines;
  if (widths.sum() <= room) {
    std::string line;
    const auto add = [&](const std::string& field, size_t width) {
      if (width == 0) return;
      if (!line.empty()) line += "  ";
      line += padded(field, width);
    };
    add(cell.kind, widths.kind);
    add(cell.object, widths.object);
    add(cell.value, widths.value);
    add(cell.place, widths.place);
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(line);
  } else {
    std::vector<std::string> fields;
    for (const std::string& field : {cell.kind, cell.object, cell.value, cell.place}) {
      if (!field.empty()) fields.push_back(field);
    }
    lines = wrapped(absl::StrJoin(fields, " "), room - kGutter, kGutter);
    for (size_t i = 1; i < lines.size(); ++i) lines[i] = "  " + lines[i];
  }
  if (cell.tail.empty()) return lines;
  if (display_width(lines.back()) + kGutter + display_width(cell.tail) <= room) {
    absl::StrAppend(&lines.back(), "  ", cell.tail);
  } else {
    for (const std::string& part : wrapped(cell.tail, room - kGutter)) lines.push_back("  " + part);
  }
  return lines;
}

// Left out without a mark: what the shown steps bring along.
bool is_minor(const Step& step) {
  switch (step.op) {
    case Op::file_other:
    case Op::clock_read:
    case Op::random:
    case Op::once:
    case Op::check:
      return true;
    default:
      return is_housekeeping(step);
  }
}

class Table {
 public:
  // `steps` point into one array.
  Table(std::vector<const Step*> steps, const TaskNames& names, const TextOptions& options)
      : steps_(std::move(steps)), names_(names), ink_(options.color), places_(steps_) {
    for (const Step* step : steps_) {
      if (std::find(tasks_.begin(), tasks_.end(), step->task) == tasks_.end()) {
        tasks_.push_back(step->task);
      }
    }
    std::sort(tasks_.begin(), tasks_.end());
    number_width_ = absl::StrCat(steps_.back()->step).size();
    const size_t total = static_cast<size_t>(std::max(options.columns, 40));
    const size_t room = total - (kIndent + number_width_ + kGutter);
    cell_width_ = (room - kGutter * (tasks_.size() - 1)) / tasks_.size();
    list_ =
        room < kGutter * (tasks_.size() - 1) || (tasks_.size() > 1 && cell_width_ < kNarrowestCell);
    if (list_) {
      for (const TaskId task : tasks_) {
        name_width_ = std::max(name_width_, display_width(name(task, kWidestName)));
      }
      cell_width_ = room - name_width_ - kGutter;
    }
    measure();
  }

  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    if (!list_) out.push_back(heading());
    const Step* previous = nullptr;
    for (const Step* step : steps_) {
      if (previous != nullptr && leaves_out(previous, step)) {
        out.push_back(ink_.faint(std::string(kIndent + number_width_ - 1, ' ') + "…"));
      }
      previous = step;
      append(*step, out);
    }
    return out;
  }

  std::string footer() const {
    const std::string text = places_.footer();
    if (text.empty()) return "";
    return std::string(margin(), ' ') + ink_.faint(text);
  }

 private:
  size_t margin() const { return kIndent + number_width_ + kGutter; }

  // Whether a step of one of these tasks between the two is not shown, and could matter. Other
  // tasks' steps are missing everywhere, and the numbers say so.
  bool leaves_out(const Step* previous, const Step* next) const {
    const uint64_t between = next->step - previous->step - 1;
    if (static_cast<uint64_t>(next - previous) < between + 1) return true;  // never recorded
    return std::any_of(previous + 1, next, [&](const Step& step) {
      const bool ours = std::find(tasks_.begin(), tasks_.end(), step.task) != tasks_.end();
      return ours && !is_minor(step);
    });
  }

  std::string name(TaskId task, size_t width) const {
    return shortened(printable(names_(task)), width);
  }

  void measure() {
    for (const Step* step : steps_) {
      const Cell cell = cell_of(*step, names_, places_);
      widths_.kind = std::max(widths_.kind, display_width(cell.kind));
      widths_.object = std::max(widths_.object, display_width(cell.object));
      widths_.value = std::max(widths_.value, display_width(cell.value));
      widths_.place = std::max(widths_.place, display_width(cell.place));
    }
    // A table wider than it need be is harder to read than one whose columns stand together.
    size_t tails = 0;
    for (const Step* step : steps_) {
      const size_t tail = display_width(cell_of(*step, names_, places_).tail);
      if (tail > 0) tails = std::max(tails, tail + kGutter);
    }
    if (!list_) {
      size_t wanted = std::max(kNarrowestCell, widths_.sum() + tails);
      for (const TaskId task : tasks_) {
        wanted = std::max(wanted, display_width(printable(names_(task))));
      }
      cell_width_ = std::min(cell_width_, wanted);
    }
  }

  std::string heading() const {
    std::string line(kIndent + number_width_ - 1, ' ');
    absl::StrAppend(&line, "#", std::string(kGutter, ' '));
    for (size_t i = 0; i < tasks_.size(); ++i) {
      const std::string text = name(tasks_[i], cell_width_);
      const bool last = i + 1 == tasks_.size();
      const size_t width = cell_width_ + kGutter - display_width(text);
      absl::StrAppend(&line, ink_.strong(text), std::string(last ? 0 : width, ' '));
    }
    return line;
  }

  void append(const Step& step, std::vector<std::string>& out) const {
    const std::string number = absl::StrCat(step.step);
    std::string before(kIndent + number_width_ - number.size(), ' ');
    absl::StrAppend(&before, number, std::string(kGutter, ' '));
    std::string indent(margin(), ' ');
    if (list_) {
      const std::string who = name(step.task, kWidestName);
      absl::StrAppend(&before, ink_.name(who),
                      std::string(name_width_ + kGutter - display_width(who), ' '));
      indent.append(name_width_ + kGutter, ' ');
    } else {
      const auto column = std::find(tasks_.begin(), tasks_.end(), step.task) - tasks_.begin();
      const std::string skip(static_cast<size_t>(column) * (cell_width_ + kGutter), ' ');
      before += skip;
      indent += skip;
    }
    for (const std::string& line :
         cell_lines(cell_of(step, names_, places_), widths_, cell_width_)) {
      out.push_back(before + line);
      before = indent;
    }
  }

  std::vector<const Step*> steps_;
  const TaskNames& names_;
  Ink ink_;
  Places places_;
  std::vector<TaskId> tasks_;  // with a column, by id
  size_t number_width_ = 1;
  size_t cell_width_ = 0;
  size_t name_width_ = 0;  // list form
  bool list_ = false;
  Widths widths_;
};

}  // namespace

std::vector<std::string> interleaving(const std::vector<Step>& steps, const TaskNames& names,
                                      uint64_t left_out, const TextOptions& options) {
  std::vector<const Step*> shown;
  for (const Step& step : steps) {
    if (options.all || step.relevant) shown.push_back(&step);
  }
  if (shown.empty()) return {};
  const size_t count = shown.size();
  const Table table(std::move(shown), names, options);
  std::vector<std::string> lines = table.lines();
  if (!table.footer().empty()) lines.push_back(table.footer());
  const uint64_t total = steps.size() + left_out;
  if (count < total) {
    const std::string how = options.all ? "" : "; --all shows more";
    lines.push_back(
        std::string(kIndent, ' ') +
        Ink(options.color)
            .faint(absl::StrCat("… ", count, " of ", counted(total, "operation"), " shown", how)));
  }
  return lines;
}

}  // namespace heddle
