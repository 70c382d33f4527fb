// How whole programs end: the first argument says which way.
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Global {
  ~Global() { std::cout << "global destroyed\n"; }
} global;

void at_exit() {
  std::cout << "at exit\n";
}

struct Local {
  ~Local() { std::cout << "thread-local destroyed\n"; }
  int used = 0;
};
thread_local Local local;

int count_starts() {
  static int starts = 0;
  return ++starts;
}

int exit_in_thread() {
  std::thread([] { std::exit(5); }).join();
  return 0;
}

int detached() {
  std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
  return 0;
}

int main_leaves_first() {
  std::thread([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::cout << "last\n";
  }).detach();
  pthread_exit(nullptr);
}

int reads_input() {
  std::string line;
  std::ifstream("input.txt") >> line;
  std::ofstream("input.txt", std::ios::app) << "more\n";
  std::ifstream file("folder/other.txt");
  std::string other;
  file >> other;
  std::remove("folder/other.txt");
  const bool gone = !std::ifstream("folder/other.txt").is_open();
  std::cout << line << ' ' << other << (gone ? " gone" : " there") << '\n';
  return 0;
}

// All that lies in the working directory, as it is found; then changes it.
int lists_folder() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(".")) {
    names.push_back(entry.path().string());
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) std::cout << name << '\n';
  std::string line;
  std::getline(std::ifstream("link"), line);
  std::remove("folder/other.txt");
  const bool gone = !std::ifstream("folder/other.txt").is_open();
  std::ofstream("input.txt", std::ios::app) << "more\n";
  std::ofstream("new") << "new\n";
  std::cout << line << (gone ? " gone" : " there") << '\n';
  return 0;
}

// What comes in by standard input: its lines in order, whoever reads them.
int copies_standard_input() {
  const auto copy_line = [] {
    std::string line;
    if (std::getline(std::cin, line)) std::cout << line << '\n';
  };
  std::thread(copy_line).join();
  std::thread(copy_line).join();
  copy_line();
  return std::cin.peek() == EOF ? 0 : 97;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string way = argc > 1 ? argv[1] : "";
  if (count_starts() != 1) return 99;
  std::atexit(at_exit);
  local.used = 1;
  std::cout << way << '\n';
  std::thread([] {}).join();
  if (argc > 1) argv[1][0] = '!';  // arguments are restored as well
  if (way == "return") return 0;
  if (way == "return 3") return 3;
  if (way == "exit 4") std::exit(4);
  if (way == "_exit 6") _exit(6);
  if (way == "exit in thread") return exit_in_thread();
  if (way == "detached") return detached();
  if (way == "main leaves first") return main_leaves_first();
  if (way == "throw") throw std::runtime_error("thrown");
  if (way == "abort") std::abort();
  if (way == "input") return reads_input();
  if (way == "folder") return lists_folder();
  if (way == "standard input") return copies_standard_input();
  return 98;
}
