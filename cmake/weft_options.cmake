# Options of the build, and the flags that follow from them.

option(WEFT_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(WEFT_BUILD_EXAMPLES "Build the examples, and run them as tests" ${PROJECT_IS_TOP_LEVEL})
option(WEFT_BUILD_TOOLS "Build the command line tool weft" ${PROJECT_IS_TOP_LEVEL})
option(WEFT_BUILD_BENCH "Build the programs that `weft bench` runs" OFF)
option(WEFT_WERROR "Warnings are errors" OFF)
set(WEFT_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")

option(WEFT_FUZZ "Instrument for libFuzzer, and build the programs that fuzz (clang only)" OFF)
set(WEFT_TEST_PCH OFF CACHE STRING "Compile the tests with a precompiled header: OFF, standard or all")
option(WEFT_COVERAGE "Count the lines that are run (clang only)" OFF)

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
endif()

# The checks change what inline functions do and what some types hold, so library and program must agree: the
# choice is made here, once, and travels with the target.
set(checks OFF)
if(CMAKE_BUILD_TYPE STREQUAL "Debug" OR WEFT_SANITIZE)
  set(checks ON)
endif()
option(WEFT_DEBUG_CHECKS "WEFT_ASSERT and the checks of lock ranks and owners are on" ${checks})

# Under ASan each coroutine frame comes from malloc, so that its use after free is seen.
set(WEFT_FRAMES_FROM_MALLOC 0)
if(WEFT_SANITIZE MATCHES "address")
  set(WEFT_FRAMES_FROM_MALLOC 1)
endif()

# As the public suite that the benchmarks' P1 comes from is built.
if(WEFT_BUILD_BENCH)
  set(WEFT_BENCH_FLAGS "-O3 -march=native -falign-loops=64")
  set(CMAKE_CXX_FLAGS_RELEASE "${WEFT_BENCH_FLAGS} -g1 -DNDEBUG")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_EXTENSIONS OFF)

add_library(weft_flags INTERFACE)  # for weft's own sources and tests, never for a user's
target_compile_options(weft_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow
  # Stacks of stalls and dumps are walked by frame pointer; the peers of a benchmark have none.
  $<$<NOT:$<BOOL:${WEFT_BUILD_BENCH}>>:-fno-omit-frame-pointer>
  $<$<BOOL:${WEFT_WERROR}>:-Werror>
  # Wrong in g++ 12 at -O2, on coroutine frames and on bytes of an empty closure that are copied. clang's stays on.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized>)

if(WEFT_SANITIZE)
  add_compile_options(-fsanitize=${WEFT_SANITIZE} -fno-sanitize-recover=all)
  if(WEFT_SANITIZE MATCHES "undefined")
    # It looks at memory through a pipe, and takes the lack of descriptors that our tests provoke for a broken object.
    add_compile_options(-fno-sanitize=vptr)
  endif()
  add_link_options(-fsanitize=${WEFT_SANITIZE})
endif()

if(WEFT_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(WEFT_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()

if(PROJECT_IS_TOP_LEVEL)
  find_program(WEFT_CCACHE ccache)
  if(WEFT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER ${WEFT_CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${WEFT_CCACHE})
  endif()

  # g++ looks for ld.lld by that very name, which Debian keeps in LLVM's own folder.
  find_program(WEFT_LLD ld.lld PATHS /usr/lib/llvm-19/bin)
  if(WEFT_LLD)
    cmake_path(GET WEFT_LLD PARENT_PATH lld_folder)
    add_link_options(-fuse-ld=lld $<$<CXX_COMPILER_ID:GNU>:-B${lld_folder}>)
  endif()
endif()
