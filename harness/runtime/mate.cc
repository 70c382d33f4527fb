#include "runtime/mate.h"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include <algorithm>
#include <csignal>

#include "base/raw_syscall.h"
#include "platform/raw_memory.h"

namespace heddle {
namespace {

constexpr uint64_t kShortWhileNs = 20'000'000;
constexpr uint64_t kPatienceNs = 5'000'000'000;  // for a mate that has been told to end

void wake(uint32_t* word) {
  __atomic_fetch_add(word, 1, __ATOMIC_RELEASE);
  raw_syscall(SYS_futex, reinterpret_cast<long>(word), FUTEX_WAKE, 1, 0, 0, 0);
}

void sleep_on(uint32_t* word, uint32_t seen, uint64_t most_ns) {
  const timespec time = {static_cast<time_t>(most_ns / 1'000'000'000),
                         static_cast<long>(most_ns % 1'000'000'000)};
  raw_syscall(SYS_futex, reinterpret_cast<long>(word), FUTEX_WAIT, seen,
              reinterpret_cast<long>(&time), 0, 0);
}

}  // namespace

// ---- The line -----------------------------------------------------------------------------------

std::unique_ptr<Line> Line::open() {
  void* const place = map_memory(0, sizeof(Shared) + kRoom, true);
  if (place == nullptr) return nullptr;
  return std::unique_ptr<Line>(new Line(static_cast<Shared*>(place)));
}

Line::~Line() {
  unmap_memory(shared_, sizeof(Shared) + kRoom);
}

void Line::keep_from_forks() {
  raw_syscall(SYS_madvise, reinterpret_cast<long>(shared_), sizeof(Shared) + kRoom, MADV_DONTFORK);
}

void Line::close() {
  __atomic_store_n(&shared_->closed, 1, __ATOMIC_RELEASE);
  wake(&shared_->took);
}

bool Line::put(const char* from, size_t size) {
  while (size > 0) {
    const uint64_t written = shared_->written;
    const uint32_t took = __atomic_load_n(&shared_->took, __ATOMIC_ACQUIRE);
    if (closed()) return false;
    const uint64_t taken = __atomic_load_n(&shared_->read, __ATOMIC_ACQUIRE);
    const size_t start = written % kRoom;
    const size_t fits = std::min({size, kRoom - start, kRoom - (written - taken)});
    if (fits == 0) {
      sleep_on(&shared_->took, took, kShortWhileNs);
      continue;
    }
    copy_bytes(shared_->bytes + start, from, fits);
    __atomic_store_n(&shared_->written, written + fits, __ATOMIC_RELEASE);
    wake(&shared_->wrote);
    from += fits;
    size -= fits;
  }
  return true;
}

// As much as there is.
size_t Line::get(char* to, size_t most) {
  const uint64_t read = shared_->read;
  const uint64_t written = __atomic_load_n(&shared_->written, __ATOMIC_ACQUIRE);
  const size_t start = read % kRoom;
  const size_t size = std::min({most, kRoom - start, static_cast<size_t>(written - read)});
  if (size == 0) return 0;
  copy_bytes(to, shared_->bytes + start, size);
  __atomic_store_n(&shared_->read, read + size, __ATOMIC_RELEASE);
  wake(&shared_->took);
  return size;
}

bool Line::send(std::string_view message) {
  const uint64_t length = message.size();
  return put(reinterpret_cast<const char*>(&length), sizeof(length)) &&
         put(message.data(), message.size());
}

bool Line::receive(std::string& message, uint64_t most_ns) {
  for (bool waited = false;;) {
    const uint32_t wrote = __atomic_load_n(&shared_->wrote, __ATOMIC_ACQUIRE);
    if (have_length_ < sizeof(length_)) {
      have_length_ +=
          get(reinterpret_cast<char*>(&length_) + have_length_, sizeof(length_) - have_length_);
      if (have_length_ == sizeof(length_)) coming_.resize(length_);
    }
    size_t got = 0;
    if (have_length_ == sizeof(length_)) {
      got = get(coming_.data() + have_, length_ - have_);
      have_ += got;
      if (have_ == length_) {
        message.swap(coming_);
        have_length_ = have_ = 0;
        return true;
      }
    }
    if (got > 0) continue;
    if (waited || most_ns == 0) return false;
    sleep_on(&shared_->wrote, wrote, most_ns);
    waited = true;
  }
}

// ---- The mate -----------------------------------------------------------------------------------

bool MateProcess::has_ended(int how) {
  if (process_ == 0) return true;
  if (raw_syscall(SYS_wait4, process_, 0, how, 0) != process_) return false;
  process_ = 0;
  return true;
}

MateProcess::~MateProcess() {
  line_->close();
  const timespec little = {0, 1'000'000};
  for (uint64_t waited = 0; !has_ended(WNOHANG) && waited < kPatienceNs;
       waited += static_cast<uint64_t>(little.tv_nsec)) {
    raw_syscall(SYS_nanosleep, reinterpret_cast<long>(&little), 0);
  }
  if (process_ == 0) return;
  raw_syscall(SYS_kill, process_, SIGKILL);
  has_ended(0);
}

Mate::Heard MateProcess::hear(std::string& message) {
  if (line_->receive(message, kShortWhileNs)) return Heard::message;
  if (!has_ended(WNOHANG)) return Heard::nothing;
  return line_->receive(message, 0) ? Heard::message : Heard::end;
}

}  // namespace heddle
