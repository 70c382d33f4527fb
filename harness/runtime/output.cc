#include "runtime/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <ext/stdio_sync_filebuf.h>

#include <iostream>

#include "base/raw_syscall.h"
#include "runtime/high_descriptor.h"

namespace heddle {
namespace {

uint64_t size_of(int file) {
  struct stat about = {};
  raw_syscall(SYS_fstat, file, reinterpret_cast<long>(&about));
  return static_cast<uint64_t>(about.st_size);
}

std::string read_file(int file, uint64_t size) {
  std::string text(size, '\0');
  size_t done = 0;
  while (done < size) {
    const long got = raw_syscall(SYS_pread64, file, reinterpret_cast<long>(text.data() + done),
                                 static_cast<long>(size - done), static_cast<long>(done));
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  text.resize(done);
  return text;
}

bool has_own_buffer(std::ostream& stream) {
  return dynamic_cast<__gnu_cxx::stdio_sync_filebuf<char>*>(stream.rdbuf()) == nullptr;
}

// Whether stdio takes the standard streams' locks. Not while executions run: one that a crash has
// left locked would be so for ever.
void set_locking(int how) {
  for (FILE* stream : {stdin, stdout, stderr}) __fsetlocking(stream, how);
}

}  // namespace

std::string OutputCapture::begin() {
  flush();
  file_ = move_high(static_cast<int>(
      raw_syscall(SYS_memfd_create, reinterpret_cast<long>("heddle-output"), MFD_CLOEXEC)));
  if (file_ < 0) return "cannot make a file in memory for the program's output";
  // Appending: what is cut off at the end must leave no gap.
  raw_syscall(SYS_fcntl, file_, F_SETFL, O_APPEND);
  for (int i = 0; i < 3; ++i) original_[i] = high_descriptor(i);
  input_at_ = raw_syscall(SYS_lseek, 0, 0, SEEK_CUR);
  own_buffers_ = has_own_buffer(std::cout) || has_own_buffer(std::clog);
  passes_ = false;
  bytes_ = checked_at_ = left_out_ = 0;
  set_locking(FSETLOCKING_BYCALLER);
  connect();
  buffer_streams();
  return "";
}

void OutputCapture::connect() {
  for (int i = 0; i < 3; ++i) {
    const int target = i == 0 || passes_ ? original_[i] : file_;
    if (target < 0) {
      raw_syscall(SYS_close, i);  // it was closed when we came
    } else {
      raw_syscall(SYS_dup3, target, i, 0);
    }
  }
}

// A buffer of our own, since one that stdio or the program has made lies in memory that is
// restored. Lines, so that both streams' text is in order and a crash loses none.
void OutputCapture::buffer_streams() {
  setvbuf(stdout, stream_buffer_, _IOLBF, sizeof(stream_buffer_));
  setvbuf(stderr, nullptr, _IONBF, 0);
}

void OutputCapture::end() {
  if (!active()) return;
  flush();
  set_locking(FSETLOCKING_INTERNAL);
  passes_ = true;
  connect();
  for (int& descriptor : original_) {
    if (descriptor >= 0) raw_syscall(SYS_close, descriptor);
    descriptor = -1;
  }
  raw_syscall(SYS_close, file_);
  file_ = -1;
}

void OutputCapture::keep_all() {
  for (int i = 1; active() && i < 3; ++i) {
    if (original_[i] >= 0) raw_syscall(SYS_dup3, file_, original_[i], O_CLOEXEC);
  }
}

void OutputCapture::pass_through(bool pass) {
  if (!active() || pass == passes_) return;
  flush();
  passes_ = pass;
  connect();
}

void OutputCapture::flush() {
  std::cout.flush();
  std::clog.flush();
  std::wcout.flush();
  fflush(stdout);
  fflush(stderr);
}

std::string OutputCapture::take(bool unseen, bool wanted) {
  std::string text;
  if (bytes_ == 0 && !own_buffers_ && !unseen) return text;
  bytes_ = checked_at_ = 0;
  if (passes_ || !active() || size_of(file_) == 0) return text;
  if (wanted) {
    cut();
    text = read_file(file_, size_of(file_));
    if (left_out_ > 0) {
      text.insert(kKept / 2, "\n[… " + std::to_string(left_out_) + " bytes left out …]\n");
    }
  }
  raw_syscall(SYS_ftruncate, file_, 0);
  checked_at_ = left_out_ = 0;
  return text;
}

// What could not be written must not appear in the next execution.
void OutputCapture::restore() {
  if (!active()) return;
  for (FILE* stream : {stdout, stderr}) {
    __fpurge(stream);
    clearerr(stream);
  }
  connect();
  buffer_streams();
}

void OutputCapture::restore_input() {
  if (!active()) return;
  __fpurge(stdin);
  clearerr(stdin);
  std::cin.clear();
  if (input_at_ >= 0) raw_syscall(SYS_lseek, 0, input_at_, SEEK_SET);
}

// Moves the last half of what is kept up behind the first one.
void OutputCapture::cut() {
  checked_at_ = bytes_;
  if (passes_ || !active()) return;
  constexpr uint64_t kHalf = kKept / 2;
  const uint64_t size = size_of(file_);
  if (size <= kKept) return;
  char piece[4096];
  uint64_t from = size - kHalf;
  long end = kHalf;
  raw_syscall(SYS_fcntl, file_, F_SETFL, 0);  // else Linux appends whatever offset is named
  while (from < size) {
    const long got = raw_syscall(SYS_pread64, file_, reinterpret_cast<long>(piece), sizeof(piece),
                                 static_cast<long>(from));
    if (got <= 0) break;
    raw_syscall(SYS_pwrite64, file_, reinterpret_cast<long>(piece), got, end);
    from += static_cast<uint64_t>(got);
    end += got;
  }
  raw_syscall(SYS_fcntl, file_, F_SETFL, O_APPEND);
  raw_syscall(SYS_ftruncate, file_, end);
  left_out_ += size - kKept;
}

bool OutputCapture::intact() const {
  return !active() || raw_syscall(SYS_fcntl, file_, F_GETFD) >= 0;
}

uint64_t OutputCapture::bytes_in_use() const {
  return active() ? size_of(file_) : 0;
}

bool OutputCapture::is_own_descriptor(int descriptor) const {
  return descriptor > 2 && (descriptor == file_ || descriptor == original_[0] ||
                            descriptor == original_[1] || descriptor == original_[2]);
}

}  // namespace heddle
