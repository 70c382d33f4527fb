// Litmus tests of sequential consistency and of mutual exclusion. The names are those of the
// literature (Alglave, Maranget, Tautschnig, "Herding cats", 2014); litmus_test.py holds what each
// can end with.
#include <atomic>
#include <string>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "litmus/litmus.h"
#include "runtime/table.h"

namespace {

using heddle::Parameters;

std::atomic<int> x{0}, y{0}, z{0};

void store_buffering(const Parameters&) {
  int a = 0, b = 0;
  in_threads([&] { x = 1, a = y; }, [&] { y = 1, b = x; });
  outcome(a, b);
}

void message_passing(const Parameters&) {
  int a = 0, b = 0;
  in_threads([&] { x = 1, y = 1; }, [&] { a = y, b = x; });
  outcome(a, b);
}

void load_buffering(const Parameters&) {
  int a = 0, b = 0;
  in_threads([&] { a = x, y = 1; }, [&] { b = y, x = 1; });
  outcome(a, b);
}

void iriw(const Parameters&) {
  int a = 0, b = 0, c = 0, d = 0;
  in_threads([&] { x = 1; }, [&] { y = 1; }, [&] { a = x, b = y; }, [&] { c = y, d = x; });
  outcome(a, b, c, d);
}

void two_plus_two_writes(const Parameters&) {
  in_threads([&] { x = 1, y = 2; }, [&] { y = 1, x = 2; });
  outcome(x.load(), y.load());
}

void s_shape(const Parameters&) {
  int a = 0;
  in_threads([&] { x = 2, y = 1; }, [&] { a = y, x = 1; });
  outcome(a, x.load());
}

void r_shape(const Parameters&) {
  int a = 0;
  in_threads([&] { x = 1, y = 1; }, [&] { y = 2, a = x; });
  outcome(a, y.load());
}

// Coherence: one place, read twice by two.
void coherence_reads(const Parameters&) {
  int a = 0, b = 0;
  in_threads([&] { x = 1; }, [&] { x = 2; }, [&] { a = x, b = x; });
  outcome(a, b);
}

void coherence_write_read(const Parameters&) {
  int a = 0;
  in_threads([&] { x = 1, a = x; }, [&] { x = 2; });
  outcome(a, x.load());
}

void coherence_read_write(const Parameters&) {
  int a = 0;
  in_threads([&] { a = x, x = 1; }, [&] { x = 2; });
  outcome(a, x.load());
}

void write_to_read_causality(const Parameters&) {
  int a = 0, b = 0, c = 0;
  in_threads([&] { x = 1; }, [&] { a = x, y = 1; }, [&] { b = y, c = x; });
  outcome(a, b, c);
}

void read_to_write_causality(const Parameters&) {
  int a = 0, b = 0, c = 0;
  in_threads([&] { x = 1; }, [&] { a = x, b = y; }, [&] { y = 1, c = x; });
  outcome(a, b, c);
}

void three_store_buffering(const Parameters&) {
  int a = 0, b = 0, c = 0;
  in_threads([&] { x = 1, a = y; }, [&] { y = 1, b = z; }, [&] { z = 1, c = x; });
  outcome(a, b, c);
}

void swap(const Parameters&) {
  int a = 0, b = 0;
  in_threads([&] { a = x.exchange(1); }, [&] { b = x.exchange(2); });
  outcome(a, b, x.load());
}

void lost_update(const Parameters&) {
  const auto add = [] { x = x + 1; };
  in_threads(add, add);
  outcome(x.load());
}

void lost_update_of_three(const Parameters&) {
  const auto add = [] { x = x + 1; };
  in_threads(add, add, add);
  outcome(x.load());
}

// Bytes of one word are places of their own.
void neighbours(const Parameters&) {
  static char bytes[8];
  in_threads([&] { bytes[0] = 1; }, [&] { bytes[1] = 1; });
  outcome(int{bytes[0]}, int{bytes[1]});
}

// ---- Mutual exclusion: `inside` is 2 for a moment if it fails
// ------------------------------------

struct Section {
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  void pass() {
    const int now = inside.fetch_add(1) + 1;
    if (now > 1) most = now;
    inside.fetch_sub(1);
  }
};

// Who cannot enter at once gives up, so that there is nothing to wait for.
void peterson(const Parameters&) {
  std::atomic<int> wants[2] = {0, 0};
  std::atomic<int> turn{0};
  Section section;
  int entered[2] = {0, 0};
  const auto work = [&](int own) {
    wants[own] = 1;
    turn = 1 - own;
    if (wants[1 - own] == 0 || turn == own) {
      entered[own] = 1;
      section.pass();
      wants[own] = 0;
    }
  };
  in_threads([&] { work(0); }, [&] { work(1); });
  outcome(entered[0], entered[1], section.most.load());
}

void dekker(const Parameters&) {
  std::atomic<int> wants[2] = {0, 0};
  Section section;
  int entered[2] = {0, 0};
  const auto work = [&](int own) {
    wants[own] = 1;
    if (wants[1 - own] == 0) {
      entered[own] = 1;
      section.pass();
    }
    wants[own] = 0;
  };
  in_threads([&] { work(0); }, [&] { work(1); });
  outcome(entered[0], entered[1], section.most.load());
}

// Lamport 1987, the first tries only.
void lamport_fast(const Parameters&) {
  Section section;
  int entered[2] = {0, 0};
  const auto work = [&](int own) {
    x = own + 1;
    if (y != 0) return;
    y = own + 1;
    if (x != own + 1) return;
    entered[own] = 1;
    section.pass();
    y = 0;
  };
  in_threads([&] { work(0); }, [&] { work(1); });
  outcome(entered[0], entered[1], section.most.load());
}

}  // namespace

namespace heddle {

#define LITMUS(name) ROW(#name, "pass", "what it can end with is known", name)

const Scenario kScenarios[] = {
    LITMUS(store_buffering),
    LITMUS(message_passing),
    LITMUS(load_buffering),
    LITMUS(iriw),
    LITMUS(two_plus_two_writes),
    LITMUS(s_shape),
    LITMUS(r_shape),
    LITMUS(coherence_reads),
    LITMUS(coherence_write_read),
    LITMUS(coherence_read_write),
    LITMUS(write_to_read_causality),
    LITMUS(read_to_write_causality),
    LITMUS(three_store_buffering),
    LITMUS(swap),
    LITMUS(lost_update),
    LITMUS(lost_update_of_three),
    LITMUS(neighbours),
    LITMUS(peterson),
    LITMUS(dekker),
    LITMUS(lamport_fast),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
