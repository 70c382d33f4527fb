// stdio and iostreams under control: each call is one operation, and no lock of libc's is held
// while another thread runs.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

#include <fstream>
#include <iostream>
#include <string>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;

FILE* file = nullptr;

void two(void (*body)()) {
  std::thread first(body);
  std::thread second(body);
  first.join();
  second.join();
}

std::string contents(const char* path) {
  std::ifstream stream(path);
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

void calls(const Parameters&) {
  file = fopen("a", "w+");
  check(file != nullptr, "fopen");
  check(fprintf(file, "%d %s\n", 42, "words") == 9, "fprintf");
  check(fputs("line\n", file) >= 0 && fputc('x', file) == 'x', "fputs, fputc");
  check(fwrite("12345678", 2, 4, file) == 4, "fwrite");
  check(ftell(file) == 23 && fseek(file, 0, SEEK_SET) == 0, "ftell, fseek");
  int number = 0;
  char word[16] = {0};
  check(fscanf(file, "%d %15s ", &number, word) == 2 && number == 42, "fscanf");
  check(std::string(word) == "words", "its word");
  char text[16] = {0};
  check(fgets(text, sizeof(text), file) == text && std::string(text) == "line\n", "fgets");
  check(fgetc(file) == 'x' && ungetc('y', file) == 'y' && getc(file) == 'y', "ungetc");
  check(fread(text, 1, sizeof(text), file) == 8 && feof(file), "fread up to the end");
  check(fclose(file) == 0, "fclose");
  check(fopen("nowhere/b", "r") == nullptr, "no such folder");
}

void lines(const Parameters&) {
  std::ofstream("a") << "first\n" << std::string(300, 'x') << "\nlast";
  file = fopen("a", "r");
  char* line = nullptr;
  size_t room = 0;
  check(getline(&line, &room, file) == 6 && std::string(line) == "first\n", "the first line");
  check(getline(&line, &room, file) == 301 && room >= 302, "a long line");
  check(getline(&line, &room, file) == 4 && std::string(line) == "last", "the last one");
  check(getline(&line, &room, file) == -1, "the end");
  free(line);
  fclose(file);
}

int scan_wide(FILE* stream, const wchar_t* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int count = vfwscanf(stream, format, arguments);
  va_end(arguments);
  return count;
}

int scan_wide_input(const wchar_t* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int count = vwscanf(format, arguments);
  va_end(arguments);
  return count;
}

void wide_calls(const Parameters&) {
  std::ofstream("a") << "42 words 43 44 45";
  file = fopen("a", "r");
  int number = 0;
  wchar_t word[16] = {0};
  check(fwscanf(file, L"%d %15ls", &number, word) == 2 && number == 42, "fwscanf");
  check(std::wstring(word) == L"words", "its word");
  check(scan_wide(file, L"%d", &number) == 1 && number == 43, "vfwscanf");
  fclose(file);
  check(freopen("a", "r", stdin) == stdin, "freopen");
  check(wscanf(L"%d %*ls", &number) == 1 && number == 42, "wscanf");
  check(scan_wide_input(L"%d %d", &number, &number) == 2 && number == 44, "vwscanf");
  check(wscanf(L"%d %d", &number, &number) == 1 && wscanf(L"%d", &number) == EOF, "the end");
}

// Two numbers in one call belong together, in two calls they do not.
template <bool one_call>
void wide_pairs(const Parameters&) {
  std::ofstream("a") << "1 2 3 4";
  file = fopen("a", "r");
  two([] {
    int first = 0, second = 0;
    if (one_call) {
      fwscanf(file, L"%d %d", &first, &second);
    } else {
      fwscanf(file, L"%d", &first);
      fwscanf(file, L"%d", &second);
    }
    check(second == first + 1, "neighbours");
  });
  fclose(file);
}

void whole_calls(const Parameters&) {
  file = fopen("a", "w");
  two([] { fprintf(file, "%s-%s\n", "one", "call"); });
  fclose(file);
  check(contents("a") == "one-call\none-call\n", "lines are whole");
}

void byte_by_byte(const Parameters&) {
  file = fopen("a", "w");
  two([] {
    for (const char letter : {'a', 'b'}) putc(letter, file);
  });
  fclose(file);
  check(contents("a") == "abab", "letters are in order");
}

void locked_bytes(const Parameters&) {
  file = fopen("a", "w");
  two([] {
    flockfile(file);
    for (const char letter : {'a', 'b'}) putc_unlocked(letter, file);
    putc('c', file);
    funlockfile(file);
  });
  fclose(file);
  check(contents("a") == "abcabc", "flockfile keeps others out");
}

// Left open, with a buffer of its own and bytes in it; standard streams closed and replaced.
void left_open(const Parameters&) {
  static char buffer[64];
  file = fopen("a", "w");
  setvbuf(file, buffer, _IOFBF, sizeof(buffer));
  fputs("never written", file);
  check(fileno(file) < 16, "descriptors do not add up");
  check(printf("text\n") == 5, "standard output is open");
  setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
  printf("in the buffer");
  check(freopen("b", "w", stdout) == stdout && printf("to a file") == 9, "freopen");
  check(fflush(stdout) == 0 && contents("b") == "to a file", "it went there");
  fclose(stderr);
}

void iostreams(const Parameters&) {
  std::ios_base::sync_with_stdio(false);
  std::cout << "number " << 7 << std::endl;
  std::cerr << "error\n";
  {
    std::ofstream out("a");
    out << "x " << 12 << '\n';
    check(contents("a").empty(), "nothing is written before the end");
  }
  std::ifstream in("a");
  std::string word;
  int number = 0;
  in >> word >> number;
  check(word == "x" && number == 12, "read back");
  check(!std::ifstream("b").is_open(), "no such file");
}

// Every way to print, in order; far more than is kept; the end.
void printing(const Parameters&) {
  printf("printf, ");
  std::cout << "cout" << std::endl;
  check(write(STDERR_FILENO, "write\n", 6) == 6, "write");
  const std::string line(999, '.');
  for (int i = 0; i < 2'000; ++i) puts(line.c_str());
  fprintf(stderr, "end\n");
  printf("still in the buffer");
  check(false, "the end");
}

void no_stream(const Parameters&) {
  FILE* volatile none = nullptr;
  fputs("text", none);
}

void torn(const Parameters&) {
  std::ofstream("a") << "12";
  std::thread writer([] { std::ofstream("a") << "34"; });
  const std::string seen = contents("a");
  writer.join();
  check(seen == "12" || seen == "34", "the file was whole");
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("stdio.calls", "pass", "calls have the results that C says", calls),
    ROW("stdio.lines", "pass", "getline's buffer is the program's", lines),
    ROW("stdio.wide_calls", "pass", "the same with wide letters", wide_calls),
    ROW("stdio.wide_whole", "pass", "one call reads both", wide_pairs<true>),
    ROW("stdio.wide_torn", "check-failed", "two calls are two steps", wide_pairs<false>),
    ROW("stdio.whole_calls", "pass", "no call is torn", whole_calls),
    ROW("stdio.byte_by_byte", "check-failed", "two calls are two steps", byte_by_byte),
    ROW("stdio.locked_bytes", "pass", "flockfile excludes", locked_bytes),
    ROW("stdio.left_open", "pass", "nothing is left for the next execution", left_open),
    ROW("stdio.iostreams", "pass", "streams reach files and output", iostreams),
    ROW("stdio.torn", "check-failed", "opening empties, flushing fills", torn),
    ROW("stdio.printing", "check-failed", "all that is printed is kept", printing),
    ROW("stdio.no_stream", "crash", "a fault in libc is the program's", no_stream),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
