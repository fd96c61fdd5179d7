# The examples in docs/**/*.md: a test a page, which runs each of its examples. docs/README.md says how they are written.
# Several pages that need the same libraries share a program, since most of its compilation is weft's headers. Only in
# optimised builds without sanitizers: what the examples use is tested elsewhere, they prove the pages.

file(GLOB_RECURSE weft_pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/*.md)
set(weft_examples_py ${PROJECT_SOURCE_DIR}/tools/docs/examples.py)

set(weft_pages_a_program 6)

# weft_pages_program(<name> <library>… PAGES <page>…)
function(weft_pages_program target)
  cmake_parse_arguments(ARG "" "" "PAGES" ${ARGN})
  list(TRANSFORM ARG_UNPARSED_ARGUMENTS PREPEND weft:: OUTPUT_VARIABLE libraries)
  set(source ${PROJECT_BINARY_DIR}/docs/${target}.cpp)
  add_custom_command(OUTPUT ${source}
    COMMAND Python3::Interpreter ${weft_examples_py} generate ${source} ${ARG_PAGES}
    DEPENDS ${ARG_PAGES} ${weft_examples_py} VERBATIM)
  # A line that asks for another library changes this build.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARG_PAGES})
  add_executable(${target} ${source})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/docs)
  target_link_libraries(${target} PRIVATE ${libraries})
  # Without weft_flags: examples show one thing; what they do not use, or name twice, is no mistake there.
  target_compile_options(${target} PRIVATE -O1 -Wall -Wextra -Wno-unused -Wno-unused-parameter
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-uninitialized -Wno-subobject-linkage>
    $<$<BOOL:${WEFT_WERROR}>:-Werror>)
  foreach(page IN LISTS ARG_PAGES)
    cmake_path(RELATIVE_PATH page BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/docs OUTPUT_VARIABLE name)
    cmake_path(REMOVE_EXTENSION name)
    add_test(NAME docs/${name}
      COMMAND Python3::Interpreter ${weft_examples_py} run ${page} $<TARGET_FILE:${target}>)
    set_tests_properties(docs/${name} PROPERTIES TIMEOUT 300 LABELS docs)
  endforeach()
endfunction()

# weft_group_page(<page>): puts it into weft_pages_of_<libraries>, if it has examples and its libraries are built.
macro(weft_group_page page)
  file(STRINGS ${page} fences LIMIT_COUNT 1 REGEX "^ *```cpp( body)?$")
  set(libraries weft)
  file(STRINGS ${page} needs REGEX "^<!-- needs: .* -->$")
  foreach(line IN LISTS needs)
    string(REGEX REPLACE "^<!-- needs: (.*) -->$" "\\1" line "${line}")
    separate_arguments(line)
    list(APPEND libraries ${line})
  endforeach()
  set(missing ${libraries})
  list(REMOVE_ITEM missing ${WEFT_COMPONENTS})
  if(fences AND missing)
    message(STATUS "Not built: the examples of ${page} need ${missing}")
  elseif(fences)
    string(REPLACE ";" "_" group "${libraries}")
    list(APPEND weft_page_groups ${group})
    set(weft_libraries_of_${group} ${libraries})
    list(APPEND weft_pages_of_${group} ${page})
  endif()
endmacro()

file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/docs)
if(NOT WEFT_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(weft_page_groups)
  foreach(page IN LISTS weft_pages)
    weft_group_page(${page})
  endforeach()
  list(REMOVE_DUPLICATES weft_page_groups)
  foreach(group IN LISTS weft_page_groups)
    set(number 0)
    list(LENGTH weft_pages_of_${group} all)
    foreach(first RANGE 0 ${all} ${weft_pages_a_program})
      if(first LESS all)
        list(SUBLIST weft_pages_of_${group} ${first} ${weft_pages_a_program} pages)
        math(EXPR number "${number} + 1")
        weft_pages_program(docs_${group}_${number} ${weft_libraries_of_${group}} PAGES ${pages})
      endif()
    endforeach()
  endforeach()
endif()
