// What the program prints: kept for each execution, so that it never mixes with Heddle's own text.
//
// During an exploration the descriptors 1 and 2 are one file in memory, in which the bytes stand in
// the order in which they were written; standard output is line-buffered in it, as on a terminal.
// Host side, except `written`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace heddle {

class OutputCapture {
 public:
  // Of longer texts the first and the last half of this are kept.
  static constexpr size_t kKept = size_t{1} << 20;

  // Takes the descriptors 0, 1 and 2 over. Empty, or why not.
  std::string begin();
  // Gives them back.
  void end();
  bool active() const { return file_ >= 0; }

  // Where reports are written while `active`, and outside: the real descriptors 1 and 2.
  int report_descriptor() const { return active() ? original_[1] : 1; }
  int error_descriptor() const { return active() ? original_[2] : 2; }

  // From now on nothing reaches the real descriptors, whatever number it is written to.
  void keep_all();
  // Whether the program prints through to the real descriptors from now on; else it is kept.
  void pass_through(bool pass);

  // Whether text may wait in iostreams although stdio was not used.
  bool buffers_outside_stdio() const { return own_buffers_; }

  // After an execution. Writes out what stdio and iostreams have in their buffers; without a system
  // call where that is nothing.
  void flush();
  // Makes 0, 1 and 2 what they were at the start of the execution: it closed or replaced them, or
  // gave their streams buffers of its own. Precondition: flushed.
  void restore();
  // Standard input is where it was at the start.
  void restore_input();
  // Returns what was printed when `wanted`, and forgets it. `unseen`: perhaps by calls that nobody
  // told of; otherwise there is no system call where nothing was printed.
  std::string take(bool unseen, bool wanted);

  // The program has printed; bounds what is kept. Raw system calls only.
  void written(uint64_t bytes) {
    bytes_ += bytes;
    if (bytes_ - checked_at_ > kCheckEvery) cut();
  }

  bool is_own_descriptor(int descriptor) const;
  // Whether what is kept still has its descriptor.
  bool intact() const;
  // Of what is kept.
  uint64_t bytes_in_use() const;

 private:
  static constexpr uint64_t kCheckEvery = 16 * kKept;
  static constexpr size_t kStreamBuffer = 4096;

  void cut();
  void connect();
  void buffer_streams();

  int file_ = -1;
  long input_at_ = -1;  // offset of standard input; -1: it has none
  int original_[3] = {-1, -1, -1};
  bool passes_ = false;
  bool own_buffers_ = false;  // iostreams have their own buffers (sync_with_stdio(false))
  uint64_t bytes_ = 0;        // said to have been printed since the last execution
  uint64_t checked_at_ = 0;   // `bytes_` at the last cut
  uint64_t left_out_ = 0;     // bytes cut out after the first half
  char stream_buffer_[kStreamBuffer] = {0};  // of stdout
};

}  // namespace heddle
