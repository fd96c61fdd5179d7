# The command line tool `weft`: everything below tools/weft, with the libraries that were built. All but main.cpp is an
# OBJECT library, which its tests link too.

file(GLOB_RECURSE weft_tool_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tools/weft/*.cpp)
set(weft_tool_tests ${weft_tool_sources})
list(FILTER weft_tool_tests INCLUDE REGEX "_test\\.cpp$")
list(FILTER weft_tool_sources EXCLUDE REGEX "(_test|/tools/weft/main)\\.cpp$")

set(needed json http sqlite)
list(REMOVE_ITEM needed ${WEFT_COMPONENTS})
if(needed)
  message(STATUS "Not built: the tool weft needs weft::${needed}")
else()
  # fmt and CLI11 are the tool's own; the libraries do without.
  find_package(fmt CONFIG REQUIRED)
  find_package(CLI11 CONFIG REQUIRED)
  set(libraries ${WEFT_COMPONENTS})
  list(REMOVE_ITEM libraries testkit)
  list(TRANSFORM libraries PREPEND weft::)

  add_library(weft_tool_objects OBJECT ${weft_tool_sources})
  target_include_directories(weft_tool_objects PUBLIC ${PROJECT_SOURCE_DIR}/tools/weft ${PROJECT_SOURCE_DIR}/tools)
  target_link_libraries(weft_tool_objects PUBLIC weft_flags ${libraries} fmt::fmt CLI11::CLI11)
  target_compile_definitions(weft_tool_objects PUBLIC WEFT_VERSION="${PROJECT_VERSION}")
  # Where ./dev bench leaves the programs, and how it builds them.
  set_source_files_properties(${PROJECT_SOURCE_DIR}/tools/weft/bench/bench_command.cpp PROPERTIES
    COMPILE_DEFINITIONS WEFT_BENCH_PROGRAMS="${PROJECT_SOURCE_DIR}/build/bench/bench/peers")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/tools/weft/bench/bench_report.cpp PROPERTIES
    COMPILE_DEFINITIONS WEFT_BENCH_FLAGS="${WEFT_BENCH_FLAGS}")

  add_executable(weft_tool ${PROJECT_SOURCE_DIR}/tools/weft/main.cpp)
  set_target_properties(weft_tool PROPERTIES OUTPUT_NAME weft RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  target_link_libraries(weft_tool PRIVATE weft_tool_objects)
  install(TARGETS weft_tool)
endif()
