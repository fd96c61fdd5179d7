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

  # What some claims of the tour compute with. Where a library is missing, so are its claims.
  weft_dependency(turbojpeg PACKAGE libturbojpeg0-dev HEADER turbojpeg.h LIBRARIES turbojpeg)
  weft_dependency(spng PACKAGE libspng-dev HEADER spng.h LIBRARIES spng)
  weft_dependency(libharu PACKAGE libhpdf-dev HEADER hpdf.h LIBRARIES hpdf)
  weft_dependency(md4c PACKAGE "libmd4c-dev and libmd4c-html0-dev" HEADER md4c-html.h LIBRARIES md4c-html)
  weft_dependency(zlib PACKAGE zlib1g-dev HEADER zlib.h LIBRARIES z)
  weft_dependency(libcrypt PACKAGE libcrypt-dev HEADER crypt.h LIBRARIES crypt)
  set(tour_parts)
  # weft_tour_part(<macro> SOURCES <beginning of a file's name>… NEEDS <dependency>…)
  function(weft_tour_part name)
    cmake_parse_arguments(ARG "" "" "SOURCES;NEEDS" ${ARGN})
    foreach(dependency IN LISTS ARG_NEEDS)
      if(NOT weft_dep_${dependency}_FOUND)
        message(STATUS "Not built: ${ARG_SOURCES} of the tour need ${weft_dep_${dependency}_PACKAGE}")
        foreach(beginning IN LISTS ARG_SOURCES)
          list(FILTER weft_tool_sources EXCLUDE REGEX "/tour/.*/${beginning}[^/]*$")
          list(FILTER weft_tool_tests EXCLUDE REGEX "/tour/.*/${beginning}[^/]*$")
        endforeach()
        set(weft_tool_sources ${weft_tool_sources} PARENT_SCOPE)
        set(weft_tool_tests ${weft_tool_tests} PARENT_SCOPE)
        return()
      endif()
    endforeach()
    list(TRANSFORM ARG_NEEDS PREPEND weft_dep:: OUTPUT_VARIABLE libraries)
    set(tour_libraries ${tour_libraries} ${libraries} PARENT_SCOPE)
    set(tour_parts ${tour_parts} ${name} PARENT_SCOPE)
  endfunction()
  weft_tour_part(WEFT_TOUR_PICTURES SOURCES t06 picture jpeg png NEEDS turbojpeg spng)
  weft_tour_part(WEFT_TOUR_LETTERS SOURCES t07 pdf secret NEEDS turbojpeg spng libharu openssl)
  weft_tour_part(WEFT_TOUR_MARKDOWN SOURCES t08 markdown NEEDS md4c)
  weft_tour_part(WEFT_TOUR_KINDS SOURCES t17 kinds gzip bcrypt
    NEEDS turbojpeg spng libharu openssl md4c zlib libcrypt cares)

  add_library(weft_tool_objects OBJECT ${weft_tool_sources})
  target_include_directories(weft_tool_objects PUBLIC ${PROJECT_SOURCE_DIR}/tools/weft ${PROJECT_SOURCE_DIR}/tools)
  target_link_libraries(weft_tool_objects PUBLIC weft_flags ${libraries} fmt::fmt CLI11::CLI11 ${tour_libraries})
  target_compile_definitions(weft_tool_objects PUBLIC WEFT_VERSION="${PROJECT_VERSION}")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/tools/weft/tour/claims/claims.cpp PROPERTIES
    COMPILE_DEFINITIONS "${tour_parts}")
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
