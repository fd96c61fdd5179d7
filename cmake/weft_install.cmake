# Installs the libraries that were built, each with an export of its own, so that a program that asks for
# weft::weft alone needs no library of the others. CMake's find_package(weft COMPONENTS …) reads weftConfig.cmake.

include(CMakePackageConfigHelpers)
set(weft_config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/weft)

set(WEFT_COMPONENT_RULES "")
foreach(component IN LISTS WEFT_COMPONENTS)
  set(target weft_${component})
  if(component STREQUAL "weft")
    set(target weft)
  endif()
  set(targets ${target})
  if(TARGET ${target}_whole)
    list(APPEND targets ${target}_whole)
  endif()
  install(TARGETS ${targets} EXPORT weft-${component} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT weft-${component} NAMESPACE weft:: DESTINATION ${weft_config_folder})

  set(needs ${WEFT_PUBLIC_${component}})
  list(FILTER needs INCLUDE REGEX "^weft::")
  list(TRANSFORM needs REPLACE "^weft::" "")
  string(APPEND WEFT_COMPONENT_RULES "set(weft_${component}_NEEDS ${needs})\n")
endforeach()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/weftConfig.cmake.in ${PROJECT_BINARY_DIR}/weftConfig.cmake
  INSTALL_DESTINATION ${weft_config_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/weftConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/weftConfig.cmake
  ${PROJECT_BINARY_DIR}/weftConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/weft_dependencies.cmake
  DESTINATION ${weft_config_folder})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(EXISTS ${PROJECT_SOURCE_DIR}/testkit/include)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/testkit/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()
