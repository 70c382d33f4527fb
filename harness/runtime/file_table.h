// Which file each descriptor and stream of the running execution is, and what it has left open.
//
// A file is its path, resolved without looking at links, so that names are the same in every
// process; an inode is its identity for the kernel: for locks, and for what `stat` tells.
#pragma once

#include <sys/stat.h>

#include <cstdint>

#include "runtime/runtime.h"
#include "sync/file.h"
#include "sync/file_lock.h"
#include "sync/mutex.h"

namespace heddle {

struct Inode {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint32_t number = 0;       // in the order of first sight: what the program is told
  uint64_t modified_ns = 0;  // virtual time
  FileLock* locks[2] = {};   // of flock, of descriptions; made on first use
  Inode* next = nullptr;
};

enum class Channel : uint8_t {
  plain,   // never blocks
  random,  // /dev/random and the like
  device,  // reading may wait for a human: terminals
  pipe,    // reading and writing may wait for others: pipes, sockets, event descriptors
};

// An open file description; duplicated descriptors share it.
struct OpenFile {
  File* file = nullptr;
  Inode* inode = nullptr;  // null: the descriptor was not open
  Channel channel = Channel::plain;
  bool standard = false;    // 0, 1 or 2 as Heddle has set it up
  uint32_t references = 0;  // descriptors
  FileLock::Holder holders[2];
};

// A stdio stream or DIR of this execution, or one that it has locked.
struct Stream {
  void* where = nullptr;
  bool directory = false;
  bool opened_here = false;
  Mutex* lock = nullptr;  // of flockfile; made on first use
  Stream* next = nullptr;
};

enum LockKind { kFlock, kRange };

class FileTable {
 public:
  static constexpr int kMaxDescriptors = 4096;  // what lies above is neither named nor closed

  // The file at a path, as open, openat and their like take it. The path may be null.
  File& at_path(Runtime& runtime, int directory, const char* path, Site site);
  // One that has no path: "pipe".
  File& named(Runtime& runtime, const char* name, Site site);
  // The description behind a descriptor, whoever opened it; of a closed one, too.
  OpenFile& at(Runtime& runtime, int descriptor, Site site);

  // The program has opened `descriptor`, closed it, or made `to` a duplicate of `from`.
  void opened(Runtime& runtime, int descriptor, File& file, Site site);
  void closed(Runtime& runtime, int descriptor, Site site);
  void duplicated(Runtime& runtime, int from, int to, Site site);

  void stream_opened(Runtime& runtime, void* stream, bool directory);
  void stream_closed(void* stream);
  // The lock that flockfile takes. `make` false: null unless somebody has taken it before.
  Mutex* stream_lock(Runtime& runtime, void* stream, File& file, bool make, Site site);

  FileLock& lock(Runtime& runtime, OpenFile& file, LockKind kind, Site site);
  Inode& inode(Runtime& runtime, uint64_t device, uint64_t inode);

  void change_standard_streams() { standard_changed_ = dirty_ = true; }
  void change_directory() { moved_ = dirty_ = true; }
  void use_input() { input_used_ = dirty_ = true; }

  // What end_execution found.
  struct Leftovers {
    bool moved = false;             // it changed its working directory
    bool standard_changed = false;  // it closed or replaced 0, 1 or 2, or set their buffers
    bool input_used = false;        // it read standard input
  };
  // Closes what the execution has opened and left open; forgets everything. Host side.
  Leftovers end_execution(bool flush);

 private:
  static constexpr uint32_t kBuckets = 256;
  struct NamedFile {
    File* file = nullptr;
    uint64_t hash = 0;
    NamedFile* next = nullptr;
  };
  struct Descriptor {
    OpenFile* open = nullptr;
    bool opened_here = false;
  };

  File& intern(Runtime& runtime, const char* name, size_t length, Site site);
  File& name_descriptor(Runtime& runtime, int descriptor, Site site);
  OpenFile& make_open_file(Runtime& runtime, int descriptor, File& file);
  void set(int descriptor, OpenFile& open, bool opened_here);
  void close_streams(bool flush);

  Descriptor descriptors_[kMaxDescriptors];
  int limit_ = 0;  // descriptors from here on are not in use
  NamedFile* files_[kBuckets] = {};
  Inode* inodes_[kBuckets] = {};
  Stream* streams_ = nullptr;
  OpenFile* nowhere_ = nullptr;  // of streams without a descriptor
  uint32_t inode_count_ = 0;
  bool locks_used_ = false;
  bool dirty_ = false;  // anything above is set
  bool moved_ = false;
  bool standard_changed_ = false;
  bool input_used_ = false;
};

}  // namespace heddle
