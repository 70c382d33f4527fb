// The only source of randomness: SplitMix64 seeding xoshiro256** (Blackman and Vigna, "Scrambled
// Linear Pseudorandom Number Generators", 2018, fig. 1). No allocation, no library call.
#pragma once

#include <cstdint>
#include <string_view>

namespace heddle {

// One finalisation step of SplitMix64: a bijection with good avalanche.
inline uint64_t mix64(uint64_t value) {
  value += 0x9e3779b97f4a7c15ull;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
  return value ^ (value >> 31);
}

// A digest of bytes, for names that must be the same everywhere; `seed` begins it.
inline uint64_t digest_of_bytes(std::string_view bytes, uint64_t seed = 0) {
  uint64_t digest = seed;
  for (const char c : bytes) digest = mix64(digest ^ static_cast<uint8_t>(c));
  return digest;
}

class Rng {
 public:
  Rng() : Rng(0, 0) {}

  // The stream of one execution: a function of (seed, execution) alone, so that execution n is the
  // same whatever ran before it and on whichever worker. `salt` separates users of one execution.
  static Rng for_execution(uint64_t seed, uint64_t execution, uint64_t salt = 0) {
    return Rng(mix64(seed) ^ mix64(salt), execution);
  }

  uint64_t next() {
    const uint64_t result = rotl(state_[1] * 5, 7) * 9;
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotl(state_[3], 45);
    return result;
  }

  // Uniform in [0, bound) by Lemire's multiplication; the bias is below bound / 2^32.
  // Precondition: bound > 0.
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>(((next() >> 32) * bound) >> 32); }

 private:
  Rng(uint64_t a, uint64_t b) {
    uint64_t value = a ^ rotl(mix64(b), 17);
    for (uint64_t& word : state_) word = value = mix64(value);
  }
  static uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

  uint64_t state_[4];
};

}  // namespace heddle
