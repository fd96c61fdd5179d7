# Reads modules.txt and finds each module's files. A *unit* is what is compiled together: a module, or a part
# of one that weft_split_module() set aside. Sets, in the caller's scope:
#   WEFT_MODULES              names, in the order of the file
#   WEFT_UNITS_<module>       the module and its parts
#   WEFT_SOURCES_<unit>, WEFT_TESTS_<unit>, WEFT_MODULE_<unit>

function(weft_read_modules file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(STRINGS ${file} rows REGEX "^[a-z]")
  set(modules)
  foreach(row IN LISTS rows)
    string(REGEX MATCH "^[a-z_]+" module "${row}")
    list(APPEND modules ${module})
  endforeach()
  set(WEFT_MODULES ${modules} PARENT_SCOPE)
  foreach(module IN LISTS modules)
    weft_find_unit(${module} ${PROJECT_SOURCE_DIR}/src/${module})
  endforeach()
  weft_find_unit(testkit ${PROJECT_SOURCE_DIR}/testkit)
endfunction()

# Finds the files of a module in its folder. A function of a function: what it sets goes two scopes up.
macro(weft_find_unit unit folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  set(WEFT_SOURCES_${unit} ${sources} PARENT_SCOPE)
  set(WEFT_TESTS_${unit} ${tests} PARENT_SCOPE)
  set(WEFT_UNITS_${unit} ${unit} PARENT_SCOPE)
  set(WEFT_MODULE_${unit} ${unit} PARENT_SCOPE)
endmacro()

# Moves the files of `module` whose names begin with `part` into the unit <module>_<part>.
function(weft_split_module module part)
  set(unit ${module}_${part})
  foreach(kind SOURCES TESTS)
    set(mine ${WEFT_${kind}_${module}})
    set(rest ${WEFT_${kind}_${module}})
    list(FILTER mine INCLUDE REGEX "/${module}/(.*/)?${part}[a-z0-9_]*\\.cpp$")
    list(FILTER rest EXCLUDE REGEX "/${module}/(.*/)?${part}[a-z0-9_]*\\.cpp$")
    set(WEFT_${kind}_${unit} ${mine} PARENT_SCOPE)
    set(WEFT_${kind}_${module} ${rest} PARENT_SCOPE)
  endforeach()
  set(WEFT_UNITS_${module} ${WEFT_UNITS_${module}} ${unit} PARENT_SCOPE)
  set(WEFT_MODULE_${unit} ${module} PARENT_SCOPE)
endfunction()
