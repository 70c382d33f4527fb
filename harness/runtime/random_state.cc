#include "runtime/random_state.h"

#include <stdlib.h>

#include "base/rng.h"

namespace heddle {
namespace {

// (creator, n-th child), so that it is the same whatever the other tasks do.
uint64_t hash_of_name(Engine& engine, const Task& task) {
  uint64_t hash = 0;
  for (const Task* at = &task; at->creator.valid(); at = &engine.task(at->creator)) {
    hash = mix64(hash ^ at->child);
  }
  return hash;
}

}  // namespace

uint64_t RandomState::draw_seed(Runtime& runtime, Site site) {
  Engine& engine = runtime.engine;
  engine.scheduling_point(Operation{Op::random, 0, false, ObjectId(), 0, site});
  if (draws_ == nullptr) draws_ = engine.arena().make<uint32_t>(kMaxTasks);
  const Task& self = engine.current();
  const uint64_t number = ++draws_[self.id.index()];
  const uint64_t choice = engine.choose_value(kChoices);
  return mix64(hash_of_name(engine, self) ^ mix64(number) ^ (choice << 40));
}

uint32_t RandomState::draw(Runtime& runtime, Site site) {
  uint32_t value = 0;
  fill(runtime, &value, sizeof(value), site);
  return value;
}

void RandomState::fill(Runtime& runtime, void* bytes, size_t size, Site site) {
  const uint64_t seed = draw_seed(runtime, site);
  auto* to = static_cast<unsigned char*>(bytes);
  uint64_t first = 0;
  uint64_t word = 0;
  runtime.touching_user_memory = true;
  for (size_t i = 0; i < size; ++i) {
    if (i % 8 == 0) word = mix64(seed + i);
    to[i] = static_cast<unsigned char>(word >> (8 * (i % 8)));
    if (i < 4) first |= uint64_t{to[i]} << (8 * i);
  }
  runtime.touching_user_memory = false;
  Event event;
  event.op = Op::random;
  event.task = runtime.engine.current().id;
  event.value = first;
  event.site = site;
  runtime.engine.record(event);
}

void RandomState::end_execution(bool used_rand) {
  draws_ = nullptr;
  if (libc_state_ != nullptr) setstate(libc_state_);
  libc_state_ = nullptr;
  if (!used_rand) return;
  srandom(1);  // rand() shares its state
  unsigned short zero[3] = {0, 0, 0};
  seed48(zero);
}

}  // namespace heddle
