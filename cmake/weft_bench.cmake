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
set(weft_bench_libraries_epoll Threads::Threads)
set(weft_bench_libraries_uring Threads::Threads uring)
set(weft_bench_libraries_ifstream Threads::Threads)
set(weft_bench_libraries_weft weft::weft)
find_library(WEFT_LIBUV uv)
if(WEFT_LIBUV)
  set(weft_bench_libraries_libuv ${WEFT_LIBUV} Threads::Threads)
endif()
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
  if(WEFT_TCMALLOC AND NOT workload STREQUAL "memory")
    target_link_libraries(${target} PRIVATE -Wl,--no-as-needed ${WEFT_TCMALLOC} -Wl,--as-needed)
  endif()
  add_dependencies(weft_bench_programs ${target})
  if(peer MATCHES "^(weft|serial)$")
    add_dependencies(weft_bench_own ${target})
  endif()
endforeach()

# Other languages: one program each, beside the folders of the workloads. They are built by their own tools, offline.
# weft_bench_other(<peer> SOURCES <file>… COMMANDS COMMAND …)
function(weft_bench_other peer)
  cmake_parse_arguments(ARG "" "" "SOURCES;COMMANDS" ${ARGN})
  add_custom_command(OUTPUT ${weft_bench_folder}/${peer} ${ARG_COMMANDS} DEPENDS ${ARG_SOURCES} VERBATIM)
  add_custom_target(weft_bench_${peer} DEPENDS ${weft_bench_folder}/${peer})
  add_dependencies(weft_bench_programs weft_bench_${peer})
endfunction()

set(peers ${PROJECT_SOURCE_DIR}/bench/peers)
file(MAKE_DIRECTORY ${weft_bench_folder}/files)

find_program(WEFT_GO go)
if(WEFT_GO)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${peers}/*.go)
  weft_bench_other(go SOURCES ${sources} ${peers}/go.mod
    COMMANDS COMMAND ${CMAKE_COMMAND} -E chdir ${peers} ${CMAKE_COMMAND} -E env GOCACHE=${PROJECT_BINARY_DIR}/go-cache
      ${WEFT_GO} build -o ${weft_bench_folder}/go ./go)
else()
  message(STATUS "Not built: Go's programs (Debian package golang-go is missing)")
endif()

find_program(WEFT_CARGO cargo)
set(crates /usr/share/cargo/registry)
file(GLOB tokio_crate ${crates}/tokio-1.*)
if(WEFT_CARGO AND tokio_crate)
  file(GLOB sources CONFIGURE_DEPENDS ${peers}/*/*.rs)
  set(target ${PROJECT_BINARY_DIR}/tokio)
  weft_bench_other(tokio SOURCES ${sources} ${peers}/tokio/Cargo.toml
    COMMANDS COMMAND ${WEFT_CARGO} build --quiet --release --offline --target-dir ${target}
      --manifest-path ${peers}/tokio/Cargo.toml
      --config "source.crates-io.replace-with='debian'" --config "source.debian.directory='${crates}'"
    COMMAND ${CMAKE_COMMAND} -E copy ${target}/release/peer ${weft_bench_folder}/tokio)
else()
  message(STATUS "Not built: Tokio's programs (Debian packages librust-tokio-dev and cargo are needed)")
endif()

find_program(WEFT_DOTNET dotnet)
if(WEFT_DOTNET)
  file(GLOB sources CONFIGURE_DEPENDS ${peers}/*/*.cs)
  set(target ${PROJECT_BINARY_DIR}/dotnet)
  # .NET takes the number of its threads from the environment.
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/dotnet.sh @ONLY CONTENT
[=[#!/bin/sh
export DOTNET_PROCESSOR_COUNT="$3" DOTNET_CLI_TELEMETRY_OPTOUT=1
exec @WEFT_DOTNET@ @target@/peer.dll "$@"
]=])
  weft_bench_other(dotnet SOURCES ${sources} ${peers}/dotnet/peer.csproj
    COMMANDS COMMAND ${CMAKE_COMMAND} -E env DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
      ${WEFT_DOTNET} publish ${peers}/dotnet/peer.csproj --nologo -v quiet -c Release -o ${target}
      --artifacts-path ${target}-artifacts -p:UseAppHost=false
    COMMAND ${CMAKE_COMMAND} -E copy ${PROJECT_BINARY_DIR}/dotnet.sh ${weft_bench_folder}/dotnet
    COMMAND chmod +x ${weft_bench_folder}/dotnet)
else()
  message(STATUS "Not built: the programs of .NET (there is no dotnet)")
endif()

# fio is a program already; a script asks it for P12.
find_program(WEFT_FIO fio)
if(WEFT_FIO)
  file(COPY_FILE ${peers}/files/fio.sh ${weft_bench_folder}/files/fio ONLY_IF_DIFFERENT)
else()
  message(STATUS "Not built: P12 with fio (Debian package fio is missing)")
endif()

# P16 measures the compiler: a script for each peer that compiles a file of bench/compile and looks at what it includes.
foreach(peer weft standard asio)
  set(source ${PROJECT_SOURCE_DIR}/bench/compile/${peer})
  set(include ${PROJECT_SOURCE_DIR}/include)
  file(CONFIGURE OUTPUT ${weft_bench_folder}/compile/${peer} @ONLY CONTENT
[=[#!/bin/sh
# PROGRAM ROW PARAMETER THREADS; each row that this peer has is a file.
file="@source@_${1#P16/}.cpp"
[ -f "$file" ] || exit 3
compile="@CMAKE_CXX_COMPILER@ -std=c++20 -O2 -I@include@"
lines=$($compile -E -P "$file" | grep -c .)
start=$(date +%s%N)
$compile -c -o /dev/null "$file" || exit 1
end=$(date +%s%N)
echo "duration: $(((end - start) / 1000)) us"
echo "lines: $lines"
]=])
  file(CHMOD ${weft_bench_folder}/compile/${peer} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endforeach()
