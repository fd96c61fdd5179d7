# The programs that `weft bench` runs: bench/peers/<workload>/<peer>.cpp, one program each, and those of other languages
# below bench/peers/{go,tokio,dotnet}. One that lacks its library is left out with a word; `weft bench` names it too.
# Only `./dev bench` builds them.

# The public suite that P1 comes from is built so too: everything for this very machine, and tcmalloc's allocator in each
# C++ program, weft's and the others'.
set(weft_bench_folder ${PROJECT_BINARY_DIR}/bench/peers)
find_library(WEFT_TCMALLOC NAMES tcmalloc_minimal libtcmalloc_minimal.so.4)
if(WEFT_TCMALLOC)
  message(STATUS "Benchmarks: with ${WEFT_TCMALLOC}")
else()
  message(STATUS "Benchmarks: with the C library's malloc (Debian package libtcmalloc-minimal4 is missing)")
endif()

# What each C++ peer links.
find_package(TBB QUIET)
find_package(OpenMP QUIET COMPONENTS CXX)
find_path(WEFT_ASIO_INCLUDE boost/asio.hpp)
set(weft_bench_libraries_serial Threads::Threads)
set(weft_bench_libraries_std_async Threads::Threads)
set(weft_bench_libraries_weft weft::weft)
if(TBB_FOUND)
  set(weft_bench_libraries_tbb TBB::tbb)
endif()
if(OpenMP_CXX_FOUND)
  set(weft_bench_libraries_openmp OpenMP::OpenMP_CXX)
endif()
if(WEFT_ASIO_INCLUDE)
  set(weft_bench_libraries_asio Threads::Threads)
endif()

add_custom_target(weft_bench_programs)  # all of them
add_custom_target(weft_bench_own)       # weft's and the serial ones
file(GLOB programs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/peers/*/*.cpp)
foreach(source IN LISTS programs)
  cmake_path(GET source STEM peer)
  cmake_path(GET source PARENT_PATH workload)
  cmake_path(GET workload FILENAME workload)
  if(NOT weft_bench_libraries_${peer})
    message(STATUS "Not built: bench/peers/${workload}/${peer}.cpp, whose library is missing")
    continue()
  endif()
  set(target weft_bench_${workload}_${peer})
  add_executable(${target} ${source})
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME ${peer} RUNTIME_OUTPUT_DIRECTORY ${weft_bench_folder}/${workload})
  target_link_libraries(${target} PRIVATE weft_flags ${weft_bench_libraries_${peer}})
  if(WEFT_TCMALLOC)
    target_link_libraries(${target} PRIVATE -Wl,--no-as-needed ${WEFT_TCMALLOC} -Wl,--as-needed)
  endif()
  add_dependencies(weft_bench_programs ${target})
  if(peer MATCHES "^(weft|serial)$")
    add_dependencies(weft_bench_own ${target})
  endif()
endforeach()
