#include "runtime/file_name.h"

#include "platform/raw_memory.h"

namespace heddle {
namespace {

bool starts_with_folder(std::string_view path, std::string_view folder) {
  if (folder.empty() || path.size() < folder.size()) return false;
  for (size_t i = 0; i < folder.size(); ++i) {
    if (path[i] != folder[i]) return false;
  }
  return path.size() == folder.size() || path[folder.size()] == '/';
}

}  // namespace

void FileName::component(std::string_view name) {
  if (name.empty() || (name.size() == 1 && name[0] == '.')) return;
  if (name.size() == 2 && name[0] == '.' && name[1] == '.') {
    while (size_ > 0 && text_[--size_] != '/') {
    }
    return;
  }
  if (size_ + 1 + name.size() > kCapacity) return;
  text_[size_++] = '/';
  for (const char letter : name) text_[size_++] = letter;
}

void FileName::append(std::string_view path) {
  if (!path.empty() && path[0] == '/') size_ = 0;
  size_t start = 0;
  for (size_t i = 0; i <= path.size(); ++i) {
    if (i < path.size() && path[i] != '/') continue;
    component(std::string_view(path.data() + start, i - start));
    start = i + 1;
  }
}

void FileName::replace_start(size_t old_length, std::string_view start) {
  const size_t rest = size_ - old_length;
  if (start.size() + rest > kCapacity) return;
  char copy[kCapacity];
  copy_bytes(copy, text_ + old_length, rest);
  copy_bytes(text_, start.data(), start.size());
  copy_bytes(text_ + start.size(), copy, rest);
  size_ = start.size() + rest;
}

void FileName::contract(std::string_view folder) {
  if (starts_with_folder(view(), folder)) replace_start(folder.size(), kDir);
}

// A name in `$DIR` has been appended, and so begins with a slash.
void FileName::expand(std::string_view folder) {
  const std::string_view path = view();
  if (path.size() > 1 &&
      starts_with_folder(std::string_view(path.data() + 1, path.size() - 1), kDir)) {
    replace_start(kDir.size() + 1, folder);
  }
}

}  // namespace heddle
