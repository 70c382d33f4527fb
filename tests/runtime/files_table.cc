// Files under control: results as in any process, locks that wait in the model, a fresh folder and
// the same descriptors for every execution.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"

namespace {

using heddle::check;
using heddle::Parameters;

void two(void (*body)()) {
  std::thread first(body);
  std::thread second(body);
  first.join();
  second.join();
}

std::string contents(const char* path) {
  const int file = open(path, O_RDONLY);
  if (file < 0) return "";
  char buffer[64];
  const ssize_t size = read(file, buffer, sizeof(buffer));
  close(file);
  return std::string(buffer, size < 0 ? 0 : static_cast<size_t>(size));
}

void write_all(const char* path, const std::string& text) {
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  check(write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()), "written");
  close(file);
}

void round_trip(const Parameters&) {
  const int file = open("a", O_RDWR | O_CREAT | O_EXCL, 0600);
  check(file >= 0, "a new file opens");
  check(open("a", O_RDWR | O_CREAT | O_EXCL, 0600) == -1 && errno == EEXIST, "it exists now");
  char hello[] = "hello, ", world[] = "world";
  const iovec parts[] = {{hello, 7}, {world, 5}};
  check(writev(file, parts, 2) == 12, "writev");
  char buffer[16] = {0};
  check(pread(file, buffer, 5, 7) == 5 && std::string(buffer) == "world", "pread");
  check(lseek(file, 0, SEEK_CUR) == 12, "pread leaves the offset");
  check(pwrite(file, "W", 1, 7) == 1 && fsync(file) == 0, "pwrite");
  check(ftruncate(file, 8) == 0, "ftruncate");
  struct stat about = {};
  check(fstat(file, &about) == 0 && about.st_size == 8, "fstat");
  const int copy = dup(file);
  check(close(file) == 0 && lseek(copy, 0, SEEK_SET) == 0, "a duplicate outlives it");
  check(read(copy, buffer, sizeof(buffer)) == 8 && !memcmp(buffer, "hello, W", 8), "read");
  check(close(copy) == 0 && close(copy) == -1 && errno == EBADF, "closed");
  check(rename("a", "b") == 0 && access("a", F_OK) == -1 && access("b", F_OK) == 0, "rename");
  check(mkdir("folder", 0700) == 0 && link("b", "folder/c") == 0, "link");
  struct stat linked = {};
  check(stat("b", &about) == 0 && stat("folder/c", &linked) == 0, "stat");
  check(about.st_ino == linked.st_ino && linked.st_nlink == 2, "a link is the same file");
  check(unlink("b") == 0 && contents("folder/c") == "hello, W", "unlink");
  check(truncate("folder/c", 0) == 0 && std::filesystem::is_empty("folder/c"), "truncate");
  check(std::filesystem::remove_all("folder") == 2 && access("folder", F_OK) == -1, "remove_all");
}

// What earlier executions left would be seen, and their descriptors would add up.
void fresh(const Parameters&) {
  DIR* folder = opendir(".");
  check(folder != nullptr, "the folder can be listed");
  int entries = 0;
  while (readdir(folder) != nullptr) ++entries;
  check(entries == 2, "the folder is empty: . and .. alone");
  const int file = open("left", O_WRONLY | O_CREAT, 0600);
  check(file < 16, "descriptors do not add up");
  check(mkdir("deep", 0700) == 0 && mkdir("deep/deeper", 0700) == 0, "mkdir");
  check(chdir("deep") == 0 && access("deeper", F_OK) == 0, "chdir");
  char name[] = "temporary-XXXXXX";
  check(mkstemp(name) >= 0 && access(name, F_OK) == 0, "mkstemp");
  close(STDOUT_FILENO);
}

void count_up() {
  const int count = std::stoi(contents("count"));
  write_all("count", std::to_string(count + 1));
}

void unlocked(const Parameters&) {
  write_all("count", "0");
  two([] {
    const std::string text = contents("count");
    if (!text.empty()) write_all("count", std::to_string(std::stoi(text) + 1));
  });
  check(contents("count") == "2", "count == 2");
}

void whole_file_lock(const Parameters&) {
  write_all("count", "0");
  two([] {
    const int lock = open("lock", O_RDWR | O_CREAT, 0600);
    check(flock(lock, LOCK_EX) == 0, "flock");
    count_up();
    close(lock);
  });
  check(contents("count") == "2", "count == 2");
}

void range_lock(const Parameters&) {
  write_all("count", "0");
  two([] {
    const int lock = open("lock", O_RDWR | O_CREAT, 0600);
    struct flock range = {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = 4;
    range.l_len = 2;
    check(fcntl(lock, F_OFD_SETLKW, &range) == 0, "F_OFD_SETLKW");
    count_up();
    range.l_type = F_UNLCK;
    check(fcntl(lock, F_OFD_SETLK, &range) == 0, "F_OFD_SETLK");
    close(lock);
  });
  check(contents("count") == "2", "count == 2");
}

void try_lock(const Parameters&) {
  const int one = open("lock", O_RDWR | O_CREAT, 0600);
  const int other = open("lock", O_RDWR);
  check(flock(one, LOCK_SH) == 0 && flock(other, LOCK_SH | LOCK_NB) == 0, "shared by two");
  check(flock(one, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK, "not exclusive meanwhile");
  check(flock(other, LOCK_UN) == 0 && flock(one, LOCK_EX | LOCK_NB) == 0, "exclusive afterwards");
  check(flock(other, LOCK_SH | LOCK_NB) == -1, "and then not shared");
  close(one);
  check(flock(other, LOCK_EX) == 0, "closing gives it back");
}

void lock_both(const char* first, const char* second) {
  const int a = open(first, O_RDWR | O_CREAT, 0600);
  const int b = open(second, O_RDWR | O_CREAT, 0600);
  flock(a, LOCK_EX);
  flock(b, LOCK_EX);
  close(b);
  close(a);
}

void lock_order(const Parameters&) {
  std::thread first(lock_both, "x", "y");
  std::thread second(lock_both, "y", "x");
  first.join();
  second.join();
}

void left_locked(const Parameters&) {
  const int lock = open("lock", O_RDWR | O_CREAT, 0600);
  std::thread holder([&] { flock(lock, LOCK_EX); });
  holder.join();
  flock(open("lock", O_RDWR), LOCK_EX);
}

char shared[8];

void shared_buffer(const Parameters&) {
  write_all("a", "12345678");
  two([] {
    const int file = open("a", O_RDONLY);
    check(read(file, shared, sizeof(shared)) == sizeof(shared), "read");
    close(file);
  });
}

void pipe_read(const Parameters&) {
  int ends[2];
  check(pipe(ends) == 0, "pipe");
  char byte = 0;
  check(read(ends[0], &byte, 1) == 1, "never reached");
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    {"files.round_trip", "pass", "calls have the results that POSIX says", {}, {}, round_trip, {}},
    {"files.fresh", "pass", "every execution begins with an empty folder", {}, {}, fresh, {}},
    {"files.unlocked", "check-failed", "read, change, write is three steps", {}, {}, unlocked, {}},
    {"files.whole_file_lock", "pass", "flock excludes", {}, {}, whole_file_lock, {}},
    {"files.range_lock", "pass", "locks of descriptions exclude", {}, {}, range_lock, {}},
    {"files.try_lock", "pass", "flock shares, refuses and converts", {}, {}, try_lock, {}},
    {"files.lock_order", "deadlock", "flock in opposite orders", {}, {}, lock_order, {}},
    {"files.left_locked", "orphaned-lock", "flock without an end", {}, {}, left_locked, {}},
    {"files.shared_buffer", "data-race", "read writes memory", {}, {}, shared_buffer, {}},
    {"files.pipe", "not-modelled", "a pipe may wait for others", {}, {}, pipe_read, {}},
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
