// Translates what models record into happens-before edges and checks of atomic accesses.
#pragma once

#include "runtime/runtime.h"

namespace heddle {

class EventOrder : public Observer {
 public:
  explicit EventOrder(Runtime& runtime) : runtime_(runtime) {}
  void on_begin() override;
  void on(const Event& event) override;

 private:
  void on_atomic(const Event& event);
  void on_lock(const Event& event);
  void on_shared(const Event& event);
  Runtime& runtime_;
};

}  // namespace heddle
