// Instantiates the standard templates that Abseil's archives leave to the shared libstdc++, so that
// inside the localised object they bind to these copies and not to the program's instrumented ones.
// cmake/localise.sh fails the build and names what is missing here.
#include <fstream>
#include <ios>
#include <ostream>
#include <sstream>
#include <string>

template class std::basic_string<char>;
template class std::basic_ios<char>;
template class std::basic_ostream<char>;
template class std::basic_filebuf<char>;
template class std::basic_ifstream<char>;
template class std::basic_ostringstream<char>;

template std::ostream& std::__ostream_insert(std::ostream&, const char*, std::streamsize);

// Member templates are not part of their class's instantiation.
template std::ostream& std::ostream::_M_insert(bool);
template std::ostream& std::ostream::_M_insert(long);
template std::ostream& std::ostream::_M_insert(unsigned long);
template std::ostream& std::ostream::_M_insert(long long);
template std::ostream& std::ostream::_M_insert(unsigned long long);
template std::ostream& std::ostream::_M_insert(double);
template std::ostream& std::ostream::_M_insert(long double);
template std::ostream& std::ostream::_M_insert(const void*);
