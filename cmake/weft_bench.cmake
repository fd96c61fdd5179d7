# Benchmarks: bench/<module>/*_bench.cpp, one program per module.

find_package(benchmark REQUIRED)
list(TRANSFORM WEFT_COMPONENTS PREPEND weft:: OUTPUT_VARIABLE libraries)
foreach(module IN LISTS WEFT_MODULES)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/${module}/*_bench.cpp)
  if(sources)
    add_executable(weft_${module}_bench ${sources})
    target_include_directories(weft_${module}_bench PRIVATE ${PROJECT_SOURCE_DIR}/bench)
    target_link_libraries(weft_${module}_bench PRIVATE weft_flags ${libraries} benchmark::benchmark_main)
  endif()
endforeach()
