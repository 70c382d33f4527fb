#include "runtime/file_operation.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/raw_syscall.h"
#include "runtime/access.h"
#include "runtime/inputs.h"

namespace heddle {

FileOperation::FileOperation(Runtime& runtime, Op op, int descriptor, Site site, bool only_reads)
    : scope_(runtime), runtime_(runtime), op_(op), site_(site) {
  file_ = table().at(runtime, descriptor, site).file;
  start(only_reads);
  // Another task may have closed or replaced it meanwhile.
  open_ = &table().at(runtime, descriptor, site);
  file_ = open_->file;
}

FileOperation::FileOperation(Runtime& runtime, Op op, int directory, const char* path, Site site,
                             bool only_reads)
    : scope_(runtime), runtime_(runtime), op_(op), site_(site) {
  bring_input(runtime, directory, path, site);
  file_ = &table().at_path(runtime, directory, path, site);
  start(only_reads);
}

FileOperation::FileOperation(Runtime& runtime, Op op, File& file, Site site)
    : scope_(runtime), runtime_(runtime), op_(op), site_(site), file_(&file) {
  start(/*only_reads=*/false);
}

FileOperation::FileOperation(Runtime& runtime, Op op, FILE* stream, Site site, bool unlocked)
    : scope_(runtime), runtime_(runtime), op_(op), site_(site) {
  runtime.used_stdio = true;
  const int descriptor = descriptor_of(runtime, stream);
  open_ = &table().at(runtime, descriptor, site);
  file_ = open_->file;
  if (!unlocked) lock_ = table().stream_lock(runtime, stream, *file_, /*make=*/false, site);
  if (lock_ != nullptr) lock_->lock(runtime.engine, MutexType::recursive, site);
  start(/*only_reads=*/false);
  open_ = &table().at(runtime, descriptor, site);
  file_ = open_->file;
}

void FileOperation::start(bool only_reads) {
  runtime_.engine.scheduling_point(Operation{op_, 0, only_reads, file_->id, file_->address, site_});
  runtime_.touching_user_memory = true;
}

FileOperation::~FileOperation() {
  runtime_.touching_user_memory = false;
  if (lock_ != nullptr) lock_->unlock(runtime_.engine, MutexType::recursive, site_);
}

void FileOperation::record(bool success, uint64_t value) {
  runtime_.touching_user_memory = false;
  Event event;
  event.op = op_;
  event.effect = success ? Effect::done : Effect::failed;
  event.task = runtime_.engine.current().id;
  event.object = file_->id;
  event.address = file_->address;
  event.value = success ? value : 0;
  event.site = site_;
  runtime_.engine.record(event);
  if (!success || op_ != Op::file_write || open_ == nullptr) return;
  if (open_->standard) devices(runtime_).output.written(value);
  if (open_->inode != nullptr) open_->inode->modified_ns = runtime_.engine.now_ns();
}

void FileOperation::record_also(int directory, const char* path, bool success) {
  file_ = &table().at_path(runtime_, directory, path, site_);
  record(success, 0);
}

// Opening one end of a named pipe waits for the other.
void FileOperation::check_opening(const char* call, int directory, const char* path) {
  struct stat about = {};
  const long found = raw_syscall(SYS_newfstatat, directory, reinterpret_cast<long>(path),
                                 reinterpret_cast<long>(&about), 0);
  if (found != 0 || !S_ISFIFO(about.st_mode)) return;
  not_modelled(runtime_, call,
               "a named pipe waits for another process: pass data between threads in memory",
               site_);
}

void FileOperation::check_reading(const char* call) {
  if (open_->standard) table().use_input();
  if (open_->channel == Channel::random) {
    not_modelled(runtime_, call, "a stream of random bytes: call read, getrandom or getentropy",
                 site_);
  }
  if (open_->channel == Channel::plain) return;
  not_modelled(runtime_, call,
               "reading from a pipe, socket or terminal may wait for another process: read from a "
               "file under test, or pass data between threads in memory",
               site_);
}

void FileOperation::check_writing(const char* call) {
  if (open_->channel != Channel::pipe || open_->standard) return;
  not_modelled(runtime_, call,
               "writing to a pipe or socket may wait for another process: write to a file under "
               "test, or pass data between threads in memory",
               site_);
}

void FileOperation::has_read(const void* memory, size_t size) {
  access_range(runtime_, reinterpret_cast<uintptr_t>(memory), size, /*write=*/false, site_);
}

void FileOperation::has_written(void* memory, size_t size) {
  access_range(runtime_, reinterpret_cast<uintptr_t>(memory), size, /*write=*/true, site_);
}

int descriptor_of(Runtime& runtime, FILE* stream) {
  runtime.touching_user_memory = true;
  const int descriptor = fileno_unlocked(stream);
  runtime.touching_user_memory = false;
  return descriptor;
}

size_t string_bytes(const char* string) {
  size_t length = 0;
  while (string[length] != 0) ++length;
  return length + 1;
}

}  // namespace heddle
