#include "runtime/file_table.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "base/raw_output.h"
#include "base/raw_syscall.h"
#include "base/rng.h"
#include "platform/raw_memory.h"
#include "runtime/devices.h"
#include "runtime/file_name.h"

namespace heddle {
namespace {

constexpr size_t kMaxPath = 4096;

uint64_t hash_of(const char* text, size_t length) {
  uint64_t hash = length;
  for (size_t i = 0; i < length; ++i) hash = mix64(hash ^ static_cast<unsigned char>(text[i]));
  return hash;
}

// At most kMaxPath bytes; a fault is the program's.
size_t length_of_users(Runtime& runtime, const char* path) {
  size_t length = 0;
  runtime.touching_user_memory = true;
  while (length < kMaxPath && path[length] != 0) ++length;
  runtime.touching_user_memory = false;
  return length;
}

Channel channel_of(const struct stat& about) {
  constexpr unsigned kMemoryDevices = 1, kRandom = 8, kUrandom = 9;
  switch (about.st_mode & S_IFMT) {
    case S_IFREG:
    case S_IFDIR:
    case S_IFLNK:
    case S_IFBLK:
      return Channel::plain;
    case S_IFCHR: {
      if (major(about.st_rdev) != kMemoryDevices) return Channel::device;
      const unsigned which = minor(about.st_rdev);
      return which == kRandom || which == kUrandom ? Channel::random : Channel::plain;
    }
    default:
      return Channel::pipe;
  }
}

// Appends the path that the kernel tells of /proc/self/fd/N or the working directory.
bool append_link(FileName& name, const char* link) {
  char target[kMaxPath];
  const long length = raw_syscall(SYS_readlink, reinterpret_cast<long>(link),
                                  reinterpret_cast<long>(target), sizeof(target));
  if (length <= 0 || target[0] != '/') return false;
  name.append(std::string_view(target, static_cast<size_t>(length)));
  return true;
}

}  // namespace

File& FileTable::intern(Runtime& runtime, const char* name, size_t length, Site site) {
  dirty_ = true;
  const uint64_t hash = hash_of(name, length);
  NamedFile*& bucket = files_[hash % kBuckets];
  for (NamedFile* at = bucket; at != nullptr; at = at->next) {
    if (at->hash == hash) return *at->file;
  }
  Arena& arena = runtime.engine.arena();
  char* copy = static_cast<char*>(arena.allocate(length + 1, 1));
  copy_bytes(copy, name, length);
  copy[length] = 0;
  NamedFile* fresh = arena.make<NamedFile>();
  fresh->file = &runtime.objects.make<File>(hash | (uint64_t{1} << 63), site);
  fresh->file->name = copy;
  fresh->hash = hash;
  fresh->next = bucket;
  bucket = fresh;
  return *fresh->file;
}

File& FileTable::named(Runtime& runtime, const char* name, Site site) {
  return intern(runtime, name, strlen(name), site);
}

File& FileTable::at_path(Runtime& runtime, int directory, const char* path, Site site) {
  runtime.used_files = true;
  if (path == nullptr) return named(runtime, "(null)", site);
  const std::string_view folder = devices(runtime).folder.path();
  const std::string_view given(path, length_of_users(runtime, path));
  FileName name;
  const bool absolute = !given.empty() && given[0] == '/';
  if (!absolute && directory != AT_FDCWD) {
    name.append(at(runtime, directory, site).file->name);
    name.expand(folder);
  } else if (!absolute && (moved_ || folder.empty())) {
    append_link(name, "/proc/self/cwd");
  } else if (!absolute) {
    name.append(folder);
  }
  name.append(given);
  name.contract(folder);
  return intern(runtime, name.view().data(), name.view().size(), site);
}

// A descriptor that nobody told us of: inherited, or made by a call that we do not see.
File& FileTable::name_descriptor(Runtime& runtime, int descriptor, Site site) {
  constexpr const char* kStandard[] = {"standard input", "standard output", "standard error"};
  if (descriptor >= 0 && descriptor <= 2) {
    return named(runtime, kStandard[descriptor], site);
  }
  RawText link;
  link.text("/proc/self/fd/").number(descriptor);
  FileName name;
  if (append_link(name, link.c_str())) {
    name.contract(devices(runtime).folder.path());
    return intern(runtime, name.view().data(), name.view().size(), site);
  }
  RawText number;
  number.text("descriptor ").number(descriptor);
  return intern(runtime, number.c_str(), number.size(), site);
}

OpenFile& FileTable::make_open_file(Runtime& runtime, int descriptor, File& file) {
  OpenFile* open = runtime.engine.arena().make<OpenFile>();
  open->file = &file;
  struct stat about = {};
  if (raw_syscall(SYS_fstat, descriptor, reinterpret_cast<long>(&about)) == 0) {
    open->inode = &inode(runtime, about.st_dev, about.st_ino);
    open->channel = channel_of(about);
  }
  return *open;
}

OpenFile& FileTable::at(Runtime& runtime, int descriptor, Site site) {
  if (descriptor < 0 || descriptor >= kMaxDescriptors) {
    if (nowhere_ == nullptr) {
      nowhere_ = runtime.engine.arena().make<OpenFile>();
      nowhere_->file = &named(runtime, "stream in memory", site);
    }
    return *nowhere_;
  }
  OpenFile*& known = descriptors_[descriptor].open;
  if (known != nullptr && known->inode != nullptr) return *known;
  OpenFile& fresh = make_open_file(runtime, descriptor, name_descriptor(runtime, descriptor, site));
  fresh.standard = descriptor <= 2;
  set(descriptor, fresh, /*opened_here=*/false);
  return fresh;
}

void FileTable::set(int descriptor, OpenFile& open, bool opened_here) {
  dirty_ = true;
  descriptors_[descriptor] = {&open, opened_here};
  ++open.references;
  if (descriptor >= limit_) limit_ = descriptor + 1;
}

void FileTable::opened(Runtime& runtime, int descriptor, File& file, Site site) {
  if (descriptor < 0 || descriptor >= kMaxDescriptors) return;
  // Closed behind our back, by a library that calls the kernel itself.
  if (descriptors_[descriptor].open != nullptr) closed(runtime, descriptor, site);
  if (descriptor <= 2) change_standard_streams();
  set(descriptor, make_open_file(runtime, descriptor, file), /*opened_here=*/true);
}

void FileTable::closed(Runtime& runtime, int descriptor, Site site) {
  if (descriptor < 0 || descriptor >= kMaxDescriptors) return;
  if (descriptor <= 2) change_standard_streams();
  Descriptor& entry = descriptors_[descriptor];
  OpenFile* open = entry.open;
  entry = Descriptor();
  if (open == nullptr || --open->references > 0) return;
  for (const LockKind kind : {kFlock, kRange}) {
    if (!open->holders[kind].holds) continue;
    lock(runtime, *open, kind, site).closed(runtime.engine, open->holders[kind], site);
  }
}

void FileTable::duplicated(Runtime& runtime, int from, int to, Site site) {
  if (from == to || to < 0 || to >= kMaxDescriptors) return;
  OpenFile& open = at(runtime, from, site);
  if (descriptors_[to].open != nullptr) closed(runtime, to, site);
  if (to <= 2) change_standard_streams();
  set(to, open, /*opened_here=*/true);
}

Inode& FileTable::inode(Runtime& runtime, uint64_t device, uint64_t number) {
  dirty_ = true;
  Inode*& bucket = inodes_[(number ^ device) % kBuckets];
  for (Inode* at = bucket; at != nullptr; at = at->next) {
    if (at->inode == number && at->device == device) return *at;
  }
  Inode* fresh = runtime.engine.arena().make<Inode>();
  fresh->device = device;
  fresh->inode = number;
  fresh->number = ++inode_count_;
  fresh->next = bucket;
  bucket = fresh;
  return *fresh;
}

FileLock& FileTable::lock(Runtime& runtime, OpenFile& file, LockKind kind, Site site) {
  HEDDLE_CHECK(file.inode != nullptr);
  FileLock*& known = file.inode->locks[kind];
  if (known == nullptr) {
    known = &runtime.objects.make<FileLock>(file.file->address + 1 + kind, site);
    known->name = file.file->name;
  }
  return *known;
}

void FileTable::stream_opened(Runtime& runtime, void* stream, bool directory) {
  dirty_ = true;
  Stream* fresh = runtime.engine.arena().make<Stream>();
  fresh->where = stream;
  fresh->directory = directory;
  fresh->opened_here = true;
  fresh->next = streams_;
  streams_ = fresh;
}

void FileTable::stream_closed(void* stream) {
  for (Stream** at = &streams_; *at != nullptr; at = &(*at)->next) {
    if ((*at)->where != stream) continue;
    *at = (*at)->next;
    return;
  }
}

Mutex* FileTable::stream_lock(Runtime& runtime, void* stream, File& file, bool make, Site site) {
  if (!make && !locks_used_) return nullptr;
  Stream* at = streams_;
  while (at != nullptr && at->where != stream) at = at->next;
  if (at == nullptr && make) {
    stream_opened(runtime, stream, /*directory=*/false);
    at = streams_;
    at->opened_here = false;
  }
  if (at == nullptr || (at->lock == nullptr && !make)) return nullptr;
  if (at->lock == nullptr) {
    locks_used_ = true;
    at->lock = &runtime.objects.make<Mutex>(file.address + 3, site);
    at->lock->name = file.name;
  }
  return at->lock;
}

// Locks are not taken: a fault inside libc may have left one taken.
void FileTable::close_streams(bool flush) {
  for (Stream* at = streams_; at != nullptr; at = at->next) {
    if (!at->opened_here) continue;
    if (at->directory) {
      closedir(static_cast<DIR*>(at->where));
      continue;
    }
    auto* stream = static_cast<FILE*>(at->where);
    __fsetlocking(stream, FSETLOCKING_BYCALLER);
    if (!flush) __fpurge(stream);
    fclose(stream);
  }
}

FileTable::Leftovers FileTable::end_execution(bool flush) {
  const Leftovers found{moved_, standard_changed_, input_used_};
  if (!dirty_) return found;
  close_streams(flush);
  for (int descriptor = 0; descriptor < limit_; ++descriptor) {
    if (descriptors_[descriptor].opened_here && descriptor > 2) {
      raw_syscall(SYS_close, descriptor);
    }
    descriptors_[descriptor] = Descriptor();
  }
  for (uint32_t i = 0; i < kBuckets; ++i) {
    files_[i] = nullptr;
    inodes_[i] = nullptr;
  }
  limit_ = 0;
  streams_ = nullptr;
  nowhere_ = nullptr;
  inode_count_ = 0;
  locks_used_ = dirty_ = moved_ = standard_changed_ = input_used_ = false;
  return found;
}

}  // namespace heddle
