// Built against weft as a user builds: by find_package and by add_subdirectory.
#include <weft/base/job.hpp>

int main() {
  weft::detail::job_list list;
  return list.empty() ? 0 : 1;
}
