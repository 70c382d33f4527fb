// A program as a user writes one: two producers, a consumer, and a counter that nobody locks.
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iostream>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <vector>

int produced = 0;

class Channel {
 public:
  void put(int value) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      values_.push(value);
    }
    filled_.notify_one();
  }
  int take() {
    std::unique_lock<std::mutex> lock(mutex_);
    filled_.wait(lock, [this] { return !values_.empty(); });
    const int value = values_.front();
    values_.pop();
    return value;
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::queue<int> values_;
};

struct Bye {
  ~Bye() { std::cout << "bye\n"; }
} bye;

int main() {
  Channel channel;
  std::ofstream log("log.txt");
  std::vector<std::thread> producers;
  for (int id = 0; id < 2; ++id) {
    producers.emplace_back([&channel, id] {
      for (int i = 0; i < 2; ++i) {
        channel.put(10 * id + i);
        ++produced;
      }
    });
  }
  int sum = 0;
  for (int i = 0; i < 4; ++i) {
    const int value = channel.take();
    log << value << '\n';
    sum += value;
  }
  for (std::thread& producer : producers) producer.join();
  std::cout << "sum " << sum << " of " << produced << " values\n";
  return sum == 22 && produced == 4 ? 0 : 1;
}
