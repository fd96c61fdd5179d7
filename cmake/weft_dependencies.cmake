# The third-party libraries, each an imported target weft_dep::<name>. Read by weft's own build and, after an
# installation, by weftConfig.cmake, so that both find them in the same way.

include_guard(GLOBAL)
find_package(Threads REQUIRED)

# weft_dependency(<name> PACKAGE <Debian package> HEADER <file> [LIBRARIES <name>…] [SOURCES <file>…] [SUFFIX <folder>]
#                 [DEFINES <macro>…])
# Sets weft_dep_<name>_FOUND. Sources, if any, and their macros are for whoever compiles them; they are not linked.
macro(weft_dependency name)
  cmake_parse_arguments(DEP "" "PACKAGE;HEADER;SUFFIX" "LIBRARIES;SOURCES;DEFINES" ${ARGN})
  set(weft_dep_${name}_DEFINES ${DEP_DEFINES})
  set(weft_dep_${name}_PACKAGE ${DEP_PACKAGE})
  if(NOT TARGET weft_dep::${name})
    find_path(weft_dep_${name}_INCLUDE ${DEP_HEADER} PATHS /usr/share/include PATH_SUFFIXES ${DEP_SUFFIX})
    set(weft_dep_${name}_FOUND ${weft_dep_${name}_INCLUDE})
    set(weft_dep_files)
    set(weft_dep_${name}_SOURCES)
    foreach(library IN LISTS DEP_LIBRARIES)
      find_library(weft_dep_${name}_${library} ${library})
      list(APPEND weft_dep_files ${weft_dep_${name}_${library}})
      if(NOT weft_dep_${name}_${library})
        set(weft_dep_${name}_FOUND OFF)
      endif()
    endforeach()
    foreach(source IN LISTS DEP_SOURCES)
      find_file(weft_dep_${name}_${source} ${source} PATHS /usr/share PATH_SUFFIXES ${name})
      list(APPEND weft_dep_${name}_SOURCES ${weft_dep_${name}_${source}})
      if(NOT weft_dep_${name}_${source})
        set(weft_dep_${name}_FOUND OFF)
      endif()
    endforeach()
    if(weft_dep_${name}_FOUND)
      add_library(weft_dep::${name} INTERFACE IMPORTED GLOBAL)
      target_include_directories(weft_dep::${name} SYSTEM INTERFACE ${weft_dep_${name}_INCLUDE})
      target_link_libraries(weft_dep::${name} INTERFACE ${weft_dep_files})
    endif()
  else()
    set(weft_dep_${name}_FOUND ON)
  endif()
endmacro()

weft_dependency(liburing PACKAGE liburing-dev HEADER liburing.h LIBRARIES uring)
weft_dependency(openssl PACKAGE libssl-dev HEADER openssl/ssl.h LIBRARIES ssl crypto)
weft_dependency(cares PACKAGE libc-ares-dev HEADER ares.h LIBRARIES cares)
weft_dependency(simdjson PACKAGE libsimdjson-dev HEADER simdjson.h LIBRARIES simdjson)
weft_dependency(boost_url PACKAGE libboost-url1.81-dev HEADER boost/url.hpp LIBRARIES boost_url)
weft_dependency(sqlite3 PACKAGE libsqlite3-dev HEADER sqlite3.h LIBRARIES sqlite3)
weft_dependency(libpq PACKAGE libpq-dev HEADER libpq-fe.h LIBRARIES pq SUFFIX postgresql)
# Debian ships the C sources of llhttp with its Node bindings and no library, so weft::http compiles them. The file
# holds two parsers; without the macro it is the lenient one.
weft_dependency(llhttp PACKAGE node-llhttp HEADER llhttp.h SUFFIX llhttp
  SOURCES api.c http.c llhttp.c DEFINES LLHTTP_STRICT_MODE=1)
