#include "store.h"

#include <chrono>
#include <fstream>
#include <random>
#include <string>
#include <thread>

namespace ticket_file {

static const char kFile[] = "tickets.json";

std::optional<int> read_count() {
  std::ifstream file(kFile);
  std::string key;
  int count = 0;
  if (file >> key >> count && key == "{\"count\":") return count;
  return std::nullopt;
}

// Opening the file for writing empties it; the number arrives only when it is flushed.
void write_count(int count) {
  std::ofstream file(kFile);
  file << "{\"count\": " << count << "}\n";
}

void wait_between(int shortest_ms, int longest_ms) {
  std::default_random_engine engine(std::random_device{}());
  std::uniform_int_distribution<int> duration_ms(shortest_ms, longest_ms);
  std::this_thread::sleep_for(std::chrono::milliseconds(duration_ms(engine)));
}

}  // namespace ticket_file
