#include "reports/shorten.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

TEST(Shorten, demangles) {
  EXPECT_EQ(demangled("_ZN7Account7depositEv"), "Account::deposit()");
  EXPECT_EQ(demangled("main"), "main");
  EXPECT_EQ(demangled("_Znonsense"), "_Znonsense");
}

TEST(Shorten, functions_lose_parameters_and_return_types) {
  EXPECT_EQ(short_function("main"), "main");
  EXPECT_EQ(short_function("Account::deposit(int) const"), "Account::deposit");
  EXPECT_EQ(short_function("(anonymous namespace)::teller(Account&)"), "teller");
  EXPECT_EQ(short_function("void change<int>(int&)"), "change<int>");
  EXPECT_EQ(short_function("std::vector<int> make<int>(void (*)(int))"), "make<int>");
  EXPECT_EQ(short_function("f(int) [clone .constprop.0]"), "f");
  EXPECT_EQ(short_function("Queue<int>::push(int&&)"), "Queue<int>::push");
  EXPECT_EQ(short_function("name[abi:cxx11]()"), "name");
}

TEST(Shorten, operators_keep_their_signs) {
  EXPECT_EQ(short_function("Task::operator()() const"), "Task::operator()");
  EXPECT_EQ(short_function("operator<(A const&, A const&)"), "operator<");
  EXPECT_EQ(short_function("operator<<(std::ostream&, A const&)"), "operator<<");
  EXPECT_EQ(short_function("Ptr::operator->() const"), "Ptr::operator->");
  EXPECT_EQ(short_function("operator new(unsigned long)"), "operator new");
  EXPECT_EQ(short_function("Flag::operator bool() const"), "Flag::operator bool");
}

TEST(Shorten, template_noise_is_cut) {
  EXPECT_EQ(short_function("std::thread::_Invoker<std::tuple<void (*)(int), int> >::operator()()"),
            "std::thread::_Invoker<…>::operator()");
  EXPECT_EQ(short_function("Table<std::pair<int const, std::vector<int> > >::find(int)"),
            "Table<…>::find");
}

TEST(Shorten, lambdas_are_named_by_where_they_stand) {
  EXPECT_EQ(short_function("bank::run()::{lambda(int)#1}::operator()(int) const"),
            "lambda in bank::run");
  EXPECT_EQ(short_function("main::{lambda()#2}::operator()() const"), "lambda in main");
  EXPECT_EQ(short_function("bank::run(Parameters const&)::$_0::operator()() const"),
            "lambda in bank::run");
}

TEST(Shorten, variables) {
  EXPECT_EQ(short_variable("balance"), "balance");
  EXPECT_EQ(short_variable("bank::(anonymous namespace)::balance"), "bank::balance");
  EXPECT_EQ(short_variable("next_id()::counter"), "next_id::counter");
}

TEST(Demangled, NamesOfTypesAreNamesOfVariablesToo) {
  EXPECT_EQ(demangled("n"), "n");
  EXPECT_EQ(demangled("i"), "i");
  EXPECT_EQ(demangled("x"), "x");
  EXPECT_EQ(demangled("_ZN2ns5countE"), "ns::count");
}

}  // namespace
}  // namespace heddle
