// Mates as processes: forks of this one, with memory of their own where forks share it, a folder
// and a core of their own, and a line back to this one.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "engine/mate.h"
#include "runtime/cores.h"

namespace heddle {

// A stream of messages from one process to another, in memory that both share.
class Line {
 public:
  static constexpr size_t kRoom = size_t{1} << 20;

  // Null where the system refuses memory.
  static std::unique_ptr<Line> open();
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // Of any length; waits for room. False: closed.
  bool send(std::string_view message);
  // Waits for so long at most. False: the message has not come, or not all of it.
  bool receive(std::string& message, uint64_t most_ns);
  // From now on nothing can be sent.
  void close();
  bool closed() const { return __atomic_load_n(&shared_->closed, __ATOMIC_ACQUIRE) != 0; }
  // In a process of which forks are not to have it.
  void keep_from_forks();

 private:
  struct Shared {
    uint64_t written;  // bytes since the beginning
    uint64_t read;
    uint32_t wrote;  // times: futexes
    uint32_t took;
    uint32_t closed;
    char bytes[1];
  };

  explicit Line(Shared* shared) : shared_(shared) {}
  bool put(const char* from, size_t size);
  size_t get(char* to, size_t most);

  Shared* const shared_;
  // The message that is being received, and how much of it has come; its length comes first.
  std::string coming_;
  uint64_t length_ = 0;
  size_t have_length_ = 0;
  size_t have_ = 0;
};

class MateProcess : public Mate {
 public:
  MateProcess(pid_t id, std::unique_ptr<Line> line, Core core)
      : process_(id), line_(std::move(line)), core_(std::move(core)) {}
  ~MateProcess() override;
  Heard hear(std::string& message) override;

 private:
  bool has_ended(int how);

  pid_t process_;  // 0: it has ended
  std::unique_ptr<Line> line_;
  const Core core_;
};

}  // namespace heddle
