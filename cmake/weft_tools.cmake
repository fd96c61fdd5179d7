# The command line tool `weft`: everything below tools/weft, with the libraries that were built.

file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tools/weft/*.cpp)
list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
if(sources)
  add_executable(weft_tool ${sources})
  set_target_properties(weft_tool PROPERTIES OUTPUT_NAME weft RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  target_include_directories(weft_tool PRIVATE ${PROJECT_SOURCE_DIR}/tools/weft ${PROJECT_SOURCE_DIR}/tools)
  list(TRANSFORM WEFT_COMPONENTS PREPEND weft:: OUTPUT_VARIABLE libraries)
  list(REMOVE_ITEM libraries weft::testkit)
  target_link_libraries(weft_tool PRIVATE weft_flags ${libraries})
  # fmt and CLI11 are the tool's own; the libraries do without.
  find_package(fmt CONFIG REQUIRED)
  find_package(CLI11 CONFIG REQUIRED)
  target_link_libraries(weft_tool PRIVATE fmt::fmt CLI11::CLI11)
  install(TARGETS weft_tool)
endif()
