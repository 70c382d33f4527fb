// Before anything else in a file that defines stdio's functions: libc's headers define some of them
// inline where the compiler optimises, and clang refuses to define them again.
#pragma once

#include <features.h>

#undef __USE_EXTERN_INLINES
