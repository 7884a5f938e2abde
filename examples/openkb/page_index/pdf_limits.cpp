#include "page_index/pdf_limits.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <new>

namespace page_index {

namespace {

// The first number there, in pages of memory.
std::size_t mapped_bytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void limit(__rlimit_resource what, rlim_t soft) {
  rlimit now{};
  if (::getrlimit(what, &now) != 0) return;
  now.rlim_cur = soft < now.rlim_max ? soft : now.rlim_max;
  (void)::setrlimit(what, &now);
}

rlim_t used_seconds() {
  rusage used{};
  (void)::getrusage(RUSAGE_SELF, &used);
  return static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec);
}

}  // namespace

pdf_limits::pdf_limits() : mapped_(mapped_bytes()) {
  limit(RLIMIT_CORE, 0);
  std::set_new_handler([] { ::_exit(out_of_memory); });
}

void pdf_limits::allow(std::size_t memory) const {
  // Under a sanitizer a process maps terabytes that it does not use, and this limit means nothing.
  constexpr std::size_t believable = std::size_t{1} << 40U;
  if (mapped_ < believable) limit(RLIMIT_AS, mapped_ + memory);
  limit(RLIMIT_CPU, used_seconds() + page_seconds + 1);
}

}  // namespace page_index
