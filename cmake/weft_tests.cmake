# Tests. One program per module from the *_test.cpp beside its sources, one per kind of slow proof in test/, and the
# checks of the tree itself. Nothing is registered by hand.
#
# With WEFT_TEST_PCH all programs share one precompiled header. `all`: GoogleTest and weft as a whole, a third of the time of
# compiling from an empty cache; but it makes every test depend on every header of weft. `standard`: GoogleTest and the
# standard library only, a sixth, for the preset that one works with. Both hide missing includes, and g++ forgets with them
# what is a system header and warns of the standard library at -O2: its Release preset does without.

find_package(GTest REQUIRED)
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

set(WEFT_TEST_TIMEOUT 300 CACHE STRING "Seconds after which a test program is stopped")
set(WEFT_TEST_RESULTS ${PROJECT_BINARY_DIR}/test-results)
file(MAKE_DIRECTORY ${WEFT_TEST_RESULTS})

list(TRANSFORM WEFT_COMPONENTS PREPEND weft:: OUTPUT_VARIABLE weft_all_components)

# How sanitizers report. allocator_may_return_null: tests ask for impossible sizes and expect bad_alloc.
find_program(WEFT_SYMBOLIZER NAMES llvm-symbolizer-19 llvm-symbolizer)
set(weft_sanitizer_options halt_on_error=1:allocator_may_return_null=1)
if(WEFT_SYMBOLIZER)
  string(APPEND weft_sanitizer_options :external_symbolizer_path=${WEFT_SYMBOLIZER})
endif()
set(weft_test_environment
  ASAN_OPTIONS=${weft_sanitizer_options}:detect_leaks=1:check_initialization_order=1
  UBSAN_OPTIONS=${weft_sanitizer_options}:print_stacktrace=1
  TSAN_OPTIONS=${weft_sanitizer_options}:second_deadlock_stack=1)

if(WEFT_TEST_PCH)
  set(weft_precompiled precompiled.hpp)
  if(WEFT_TEST_PCH STREQUAL "standard")
    set(weft_precompiled precompiled_standard.hpp)
  endif()
  add_library(weft_test_pch OBJECT ${PROJECT_SOURCE_DIR}/test/support/precompiled.cpp)
  target_precompile_headers(weft_test_pch PRIVATE ${PROJECT_SOURCE_DIR}/test/support/${weft_precompiled})
  target_include_directories(weft_test_pch PRIVATE ${PROJECT_SOURCE_DIR}/test)
  target_link_libraries(weft_test_pch PRIVATE weft_flags ${weft_all_components} GTest::gtest)
  # As ccache wants it.
  target_compile_options(weft_test_pch PUBLIC
    $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()

# weft_test_program(<name> TIMEOUT <seconds> LABEL <label> SOURCES <file>… LIBRARIES <target>… [ALONE])
# ALONE: nothing else runs beside it, because it measures or uses all cores.
function(weft_test_program name)
  cmake_parse_arguments(ARG "ALONE" "TIMEOUT;LABEL" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT ARG_SOURCES)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/test)
  target_link_libraries(${name} PRIVATE weft_flags ${ARG_LIBRARIES} GTest::gtest_main)
  # Not the models, which compile the library's own code with other atomics.
  if(WEFT_TEST_PCH AND NOT ARG_LABEL STREQUAL "model")
    target_precompile_headers(${name} REUSE_FROM weft_test_pch)
  endif()
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_BINARY_DIR})
  set_tests_properties(${name} PROPERTIES
    TIMEOUT ${ARG_TIMEOUT}
    LABELS ${ARG_LABEL}
    RUN_SERIAL ${ARG_ALONE}
    ENVIRONMENT "GTEST_OUTPUT=xml:${WEFT_TEST_RESULTS}/${name}.xml;${weft_test_environment}")
endfunction()

foreach(module IN LISTS WEFT_MODULES ITEMS testkit)
  set(sources)
  set(libraries weft::weft)
  foreach(unit IN LISTS WEFT_UNITS_${module})
    if(WEFT_COMPONENT_${unit})
      list(APPEND sources ${WEFT_TESTS_${unit}})
      list(APPEND libraries weft::${WEFT_COMPONENT_${unit}})
    endif()
  endforeach()
  if(TARGET weft::testkit)
    list(APPEND libraries weft::testkit)
  endif()
  list(REMOVE_DUPLICATES libraries)
  weft_test_program(weft_${module}_test
    SOURCES ${sources} LIBRARIES ${libraries} TIMEOUT ${WEFT_TEST_TIMEOUT} LABEL unit)
endforeach()

math(EXPR weft_slow_timeout "5 * ${WEFT_TEST_TIMEOUT}")
foreach(kind integration stress model conformance)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/test/${kind}/*_test.cpp)
  if(kind STREQUAL "model" AND WEFT_SANITIZE MATCHES "thread")
    continue()  # one thread with fibers: nothing for TSan to see, and it cannot follow them
  endif()
  if(kind STREQUAL "model" AND sources)
    list(APPEND sources ${PROJECT_SOURCE_DIR}/test/model/checker.cpp ${PROJECT_SOURCE_DIR}/test/model/mutants.cpp)
    # What runs each execution, millions of them, is optimised in every build.
    set_source_files_properties(${PROJECT_SOURCE_DIR}/test/model/checker.cpp PROPERTIES COMPILE_OPTIONS -O2)
    # On one file, so that the others are the same wherever the tree lies.
    set_source_files_properties(${PROJECT_SOURCE_DIR}/test/model/mutants.cpp
      PROPERTIES COMPILE_DEFINITIONS WEFT_MUTANTS="${PROJECT_SOURCE_DIR}/test/model/mutants.md")
  endif()
  if(kind STREQUAL "conformance" AND sources)
    if(NOT TARGET weft::json)
      continue()  # the outcomes are stored as JSON
    endif()
    list(APPEND sources ${PROJECT_SOURCE_DIR}/test/conformance/recorder.cpp
      ${PROJECT_SOURCE_DIR}/test/conformance/support.cpp)
    # On one file, so that the others are the same wherever the tree lies.
    set_source_files_properties(${PROJECT_SOURCE_DIR}/test/conformance/conformance_test.cpp
      PROPERTIES COMPILE_DEFINITIONS WEFT_CONFORMANCE_FOLDER="${PROJECT_SOURCE_DIR}/test/conformance")
  endif()
  set(alone ALONE)
  if(kind STREQUAL "model")
    set(alone)  # one thread that computes
  endif()
  weft_test_program(weft_${kind}_test
    SOURCES ${sources} LIBRARIES ${weft_all_components} TIMEOUT ${weft_slow_timeout} LABEL ${kind} ${alone})
endforeach()
if(TARGET weft_model_test)
  # What it explores is the same however it is compiled; what it takes is not.
  target_compile_options(weft_model_test PRIVATE $<$<CONFIG:Debug>:-O1>)
  set_tests_properties(weft_model_test PROPERTIES COST 1000)  # begins first, and the others beside it
endif()
# What is fuzzed (test/fuzz/targets.hpp). The corpora are a test of every build.
if(TARGET weft::http AND TARGET weft::sqlite)
  file(GLOB weft_fuzz_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/test/fuzz/*targets.cpp)
  list(APPEND weft_fuzz_sources
    ${PROJECT_SOURCE_DIR}/tools/weft/explain/ir.cpp ${PROJECT_SOURCE_DIR}/tools/weft/explain/types.cpp)
  weft_test_program(weft_fuzz_test
    SOURCES ${PROJECT_SOURCE_DIR}/test/fuzz/fuzz_test.cpp ${weft_fuzz_sources}
    LIBRARIES ${weft_all_components} TIMEOUT ${weft_slow_timeout} LABEL fuzz)
  target_include_directories(weft_fuzz_test PRIVATE ${PROJECT_SOURCE_DIR}/tools/weft)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/test/fuzz/fuzz_test.cpp
    PROPERTIES COMPILE_DEFINITIONS WEFT_FUZZ_CORPUS="${PROJECT_SOURCE_DIR}/test/fuzz/corpus")

  # `./dev fuzz` builds the rest: everything with libFuzzer's eyes, and a program a target.
  if(WEFT_FUZZ)
    file(STRINGS ${PROJECT_SOURCE_DIR}/test/fuzz/targets.hpp lines REGEX "^void [a-z_]+\\(std::string_view")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^void ([a-z_]+).*" "\\1" name "${line}")
      add_executable(weft_fuzz_${name} EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/test/fuzz/entry.cpp ${weft_fuzz_sources})
      set_target_properties(weft_fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
      target_include_directories(weft_fuzz_${name} PRIVATE
        ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/test ${PROJECT_SOURCE_DIR}/tools/weft)
      target_compile_definitions(weft_fuzz_${name} PRIVATE WEFT_FUZZ_TARGET=${name})
      target_link_libraries(weft_fuzz_${name} PRIVATE weft_flags ${weft_all_components})
      target_link_options(weft_fuzz_${name} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
endif()
# The test kit in a test framework of somebody else's, where that is installed; its version 3 is a library.
find_package(Catch2 QUIET)
if(TARGET weft::testkit AND TARGET Catch2::Catch2)
  add_executable(weft_catch2_test ${PROJECT_SOURCE_DIR}/test/catch2/testkit_catch2.cpp)
  set_target_properties(weft_catch2_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_link_libraries(weft_catch2_test PRIVATE weft_flags weft::weft weft::testkit
    $<IF:$<TARGET_EXISTS:Catch2::Catch2WithMain>,Catch2::Catch2WithMain,Catch2::Catch2>)
  add_test(NAME weft_catch2_test COMMAND weft_catch2_test)
  set_tests_properties(weft_catch2_test PROPERTIES
    TIMEOUT ${WEFT_TEST_TIMEOUT} LABELS unit ENVIRONMENT "${weft_test_environment}")
endif()

if(TARGET weft_tool)
  # On one file, so that the others are the same wherever the tree lies.
  set_source_files_properties(${PROJECT_SOURCE_DIR}/tools/weft/explain/explain_test.cpp
    PROPERTIES COMPILE_DEFINITIONS WEFT_SOURCE_FOLDER="${PROJECT_SOURCE_DIR}")
  weft_test_program(weft_tool_test
    SOURCES ${weft_tool_tests} LIBRARIES weft_tool_objects TIMEOUT ${WEFT_TEST_TIMEOUT} LABEL unit)
endif()
if(TARGET weft_tool AND TARGET weft_integration_test)
  add_dependencies(weft_integration_test weft_tool)
  target_compile_definitions(weft_integration_test PRIVATE WEFT_TOOL_PATH="$<TARGET_FILE:weft_tool>")
endif()

# Misuse that must not compile.
file(GLOB compile_fail CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/test/compile_fail/*.cpp)
if(compile_fail)
  add_test(NAME compile_fail COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/test/compile_fail/check.py
    --compiler ${CMAKE_CXX_COMPILER} --include ${PROJECT_SOURCE_DIR}/include)
  set_tests_properties(compile_fail PROPERTIES TIMEOUT 900 LABELS compile_fail)
endif()

# A program of somebody else's, with find_package on an installation and with add_subdirectory.
foreach(way find_package add_subdirectory)
  add_test(NAME package/${way} COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/test/package/check.py ${way}
    --source ${PROJECT_SOURCE_DIR} --build ${PROJECT_BINARY_DIR} --components ${WEFT_COMPONENTS})
  set_tests_properties(package/${way} PROPERTIES TIMEOUT 600 LABELS package)
endforeach()

include(weft_docs)
include(weft_tree_checks)
