# The examples in docs/**/*.md: one program per page, and a test that runs each of its examples. docs/README.md says how
# they are written. Only in optimised builds without sanitizers: what they use is tested elsewhere, they prove the pages.

file(GLOB_RECURSE weft_pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/*.md)
set(weft_examples_py ${PROJECT_SOURCE_DIR}/tools/docs/examples.py)

function(weft_page page)
  file(STRINGS ${page} fences LIMIT_COUNT 1 REGEX "^ *```cpp( body)?$")
  if(NOT fences)
    return()
  endif()
  cmake_path(RELATIVE_PATH page BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/docs OUTPUT_VARIABLE name)
  cmake_path(REMOVE_EXTENSION name)
  string(REPLACE "/" "_" target doc_${name})
  string(REPLACE "-" "_" target ${target})

  set(libraries weft)
  file(STRINGS ${page} needs REGEX "^<!-- needs: .* -->$")
  foreach(line IN LISTS needs)
    string(REGEX REPLACE "^<!-- needs: (.*) -->$" "\\1" line "${line}")
    separate_arguments(line)
    list(APPEND libraries ${line})
  endforeach()
  foreach(library IN LISTS libraries)
    if(NOT library IN_LIST WEFT_COMPONENTS)
      message(STATUS "Not built: the examples of docs/${name}.md need weft::${library}")
      return()
    endif()
  endforeach()
  list(TRANSFORM libraries PREPEND weft::)

  set(source ${PROJECT_BINARY_DIR}/docs/${target}.cpp)
  add_custom_command(OUTPUT ${source}
    COMMAND Python3::Interpreter ${weft_examples_py} generate ${page} ${source}
    DEPENDS ${page} ${weft_examples_py} VERBATIM)
  # A line that asks for another library changes this build.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page})
  add_executable(${target} ${source})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/docs)
  target_link_libraries(${target} PRIVATE ${libraries})
  # Without weft_flags: examples show one thing; what they do not use, or name twice, is no mistake there.
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-unused -Wno-unused-parameter
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-uninitialized -Wno-subobject-linkage>
    $<$<BOOL:${WEFT_WERROR}>:-Werror>)
  add_test(NAME docs/${name} COMMAND Python3::Interpreter ${weft_examples_py} run ${page} $<TARGET_FILE:${target}>)
  set_tests_properties(docs/${name} PROPERTIES TIMEOUT 300 LABELS docs)
endfunction()

file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/docs)
if(NOT WEFT_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  foreach(page IN LISTS weft_pages)
    weft_page(${page})
  endforeach()
endif()
