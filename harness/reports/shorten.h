// Demangled names as a reader wants them.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace heddle {

// "_ZN7Account7depositEv" to "Account::deposit()"; what is no mangled name stays as it is.
std::string demangled(absl::string_view symbol);

// Without parameters, return type, anonymous namespaces; long template arguments and those of the
// library cut to <…>: "Account::deposit", "std::vector<…>::push_back", "lambda in Bank::run".
std::string short_function(absl::string_view demangled_name);

// A variable's name, without anonymous namespaces and without the parameters of the function that
// a static local belongs to: "bank::balance", "next_id::counter".
std::string short_variable(absl::string_view demangled_name);

}  // namespace heddle
