#include "reports/printable.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace heddle {
namespace {

TEST(Printable, text_stays_as_it_is) {
  EXPECT_EQ(printable("balance == 2 · caf\u00e9 \u2192 \U0001f600"),
            "balance == 2 · caf\u00e9 \u2192 \U0001f600");
}

TEST(Printable, control_characters_are_escaped) {
  EXPECT_EQ(printable("a\nb\tc\rd"), "a\\nb\\tc\\x0dd");
  EXPECT_EQ(printable("\x1b[31m"), "\\x1b[31m");
  EXPECT_EQ(printable(std::string(1, '\0')), "\\x00");
  EXPECT_EQ(printable("\x7f"), "\\x7f");
  EXPECT_EQ(printable("\u009b"), "\\x9b") << "the one-character form of ESC [";
  EXPECT_EQ(printable("\u202e"), "\\u{202e}") << "turns the direction of what follows";
  EXPECT_EQ(printable("\u200b\ufeff"), "\\u{200b}\\u{feff}");
}

TEST(Printable, bytes_that_are_not_utf8_are_escaped) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc3"), "\\xc3") << "cut";
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "longer than need be";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond Unicode";
}

TEST(Printable, any_bytes_become_harmless_and_stay_so) {
  Rng rng = Rng::for_execution(7, 1);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (uint32_t i = 0; i < 12; ++i) bytes += static_cast<char>(rng.below(256));
    const std::string text = printable(bytes);
    for (const char c : text) {
      EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f) << text;
    }
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, width_counts_characters) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("caf\u00e9"), 4u);
  EXPECT_EQ(padded("caf\u00e9", 6), "caf\u00e9  ");
  EXPECT_EQ(padded("toolong", 3), "toolong");
}

TEST(Printable, shortened_never_cuts_a_character) {
  EXPECT_EQ(shortened("teller", 6), "teller");
  EXPECT_EQ(shortened("teller-1", 6), "telle…");
  EXPECT_EQ(shortened("\u00e9\u00e9\u00e9\u00e9", 3), "\u00e9\u00e9…");
}

TEST(Printable, wraps_at_spaces_only) {
  EXPECT_EQ(wrapped("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("averylongword b", 5), (std::vector<std::string>{"averylongword", "b"}));
  EXPECT_EQ(wrapped("one two three four", 7, 6),
            (std::vector<std::string>{"one two three", "four"}));
  EXPECT_EQ(wrapped("", 5), std::vector<std::string>{""});
}

TEST(Printable, plurals) {
  EXPECT_EQ(counted(0, "finding"), "0 findings");
  EXPECT_EQ(counted(1, "finding"), "1 finding");
  EXPECT_EQ(counted(2, "finding"), "2 findings");
  EXPECT_EQ(enumerated({"a"}), "a");
  EXPECT_EQ(enumerated({"a", "b"}), "a and b");
  EXPECT_EQ(enumerated({"a", "b", "c"}), "a, b and c");
}

TEST(Printable, durations) {
  EXPECT_EQ(duration_text(0), "0 ns");
  EXPECT_EQ(duration_text(999), "999 ns");
  EXPECT_EQ(duration_text(1'500), "1.5 us");
  EXPECT_EQ(duration_text(10'000'000), "10 ms");
  EXPECT_EQ(duration_text(1'050'000'000), "1.05 s");
  EXPECT_EQ(duration_text(90'000'000'000), "90 s");
}

}  // namespace
}  // namespace heddle
