# Checks of the tree itself, the same in every build: style, its own test, and what headers cost. Label: tree.

set(tidy ${PROJECT_SOURCE_DIR}/tools/tidy)
add_test(NAME tidy COMMAND Python3::Interpreter ${tidy}/tidy.py)
add_test(NAME tidy/selftest COMMAND Python3::Interpreter ${tidy}/selftest.py)
add_test(NAME headers/alone COMMAND Python3::Interpreter ${tidy}/headers.py alone
  --compiler ${CMAKE_CXX_COMPILER} --cache ${PROJECT_BINARY_DIR}/headers_alone.json)
# The budget is in lines of g++'s preprocessor, whatever compiler builds the rest.
find_program(WEFT_BUDGET_COMPILER NAMES g++-12 g++ REQUIRED)
add_test(NAME headers/budget COMMAND Python3::Interpreter ${tidy}/headers.py budget --compiler ${WEFT_BUDGET_COMPILER})
# headers/alone compiles each header, from nothing and perhaps beside other work.
set_tests_properties(tidy tidy/selftest headers/alone headers/budget PROPERTIES TIMEOUT 900 LABELS tree)
