// One operation of a task on a file: harness scope, scheduling point, the call, its event.
//
//     FileOperation operation(*runtime, Op::file_read, descriptor, HEDDLE_CALLER);
//     return operation.done(HEDDLE_REAL(read)(descriptor, buffer, size));
//
// `errno` is what the real call left. Between the constructor and `done` a fault is the program's:
// libc and the kernel work on its memory.
#pragma once

#include <stdio.h>

#include "runtime/devices.h"
#include "runtime/runtime.h"

namespace heddle {

class FileOperation {
 public:
  // On what a descriptor, a stream or a path (below `directory`, or AT_FDCWD) stands for.
  // `only_reads`: neither the file nor the descriptor's position changes.
  FileOperation(Runtime& runtime, Op op, int descriptor, Site site, bool only_reads = false);
  FileOperation(Runtime& runtime, Op op, int directory, const char* path, Site site,
                bool only_reads = false);
  FileOperation(Runtime& runtime, Op op, File& file, Site site);
  // `unlocked`: one of the calls that do not respect flockfile.
  FileOperation(Runtime& runtime, Op op, FILE* stream, Site site, bool unlocked = false);
  ~FileOperation();
  FileOperation(const FileOperation&) = delete;
  FileOperation& operator=(const FileOperation&) = delete;

  Runtime* operator->() const { return &runtime_; }
  FileTable& table() const { return devices(runtime_).files; }
  File& file() const { return *file_; }
  OpenFile& open_file() const { return *open_; }  // of a descriptor or stream
  Site site() const { return site_; }

  // Ends the run where the call could wait for something that Heddle does not control.
  void check_opening(const char* call, int directory, const char* path);
  void check_reading(const char* call);
  void check_writing(const char* call);

  // Records the result of the call and returns it: a number, negative when it failed …
  template <typename T>
  T done(T result) {
    record(result >= 0, static_cast<uint64_t>(result));
    return result;
  }
  // … or a pointer, null when it failed.
  template <typename T>
  T* done(T* result) {
    record(result != nullptr, 0);
    return result;
  }
  // … or anything, with what it is worth.
  template <typename T>
  T done(T result, bool success, uint64_t value) {
    record(success, value);
    return result;
  }

  // The same call has also had to do with the file at this path.
  void record_also(int directory, const char* path, bool success);

  // The call has read or written this memory of the program.
  void has_read(const void* memory, size_t size);
  void has_written(void* memory, size_t size);

 private:
  void record(bool success, uint64_t value);
  void start(bool only_reads);

  HarnessScope scope_;
  Runtime& runtime_;
  Op op_;
  Site site_;
  File* file_ = nullptr;
  OpenFile* open_ = nullptr;
  Mutex* lock_ = nullptr;
};

// The descriptor of a stream, or -1; a fault is the program's.
int descriptor_of(Runtime& runtime, FILE* stream);

// The bytes of a string, its end included.
size_t string_bytes(const char* string);

}  // namespace heddle
