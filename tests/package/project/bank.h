#pragma once
#include <condition_variable>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

class Bank {
 public:
  using Audit = std::function<void(const std::string&)>;
  explicit Bank(Audit audit) : audit_(std::move(audit)) {}
  void open(const std::string& name) {
    std::lock_guard<std::mutex> lock(mutex_);
    accounts_[name] = std::make_shared<int>(0);
    opened_.notify_all();
  }
  std::shared_ptr<int> wait_for(const std::string& name) {
    std::unique_lock<std::mutex> lock(mutex_);
    opened_.wait(lock, [&] { return accounts_.count(name) != 0; });
    return accounts_[name];
  }
  void deposit(const std::string& name, int amount) {
    const std::shared_ptr<int> account = wait_for(name);
    *account += amount;  // the lock is gone
    std::lock_guard<std::mutex> lock(mutex_);
    lines_.push_back(name + " " + std::to_string(amount));
    std::ofstream("log.txt", std::ios::app) << lines_.back() << "\n";
    audit_(lines_.back());
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  Audit audit_;
  std::mutex mutex_;
  std::condition_variable opened_;
  std::map<std::string, std::shared_ptr<int>> accounts_;
  std::vector<std::string> lines_;
};
