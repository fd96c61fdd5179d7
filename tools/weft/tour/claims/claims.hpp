#pragma once
/// How each claim is measured; a file each.

#include "tour/claim.hpp"

namespace weft::tour {

void measure_t1(environment& e, outcome& o);
void measure_t2(environment& e, outcome& o);
void measure_t3(environment& e, outcome& o);
void measure_t4(environment& e, outcome& o);
void measure_t5(environment& e, outcome& o);
void measure_t6(environment& e, outcome& o);
void measure_t7(environment& e, outcome& o);
void measure_t8(environment& e, outcome& o);
void measure_t9(environment& e, outcome& o);
void measure_t10(environment& e, outcome& o);
void measure_t11(environment& e, outcome& o);
void measure_t12(environment& e, outcome& o);
void measure_t13(environment& e, outcome& o);
void measure_t14(environment& e, outcome& o);
void measure_t16(environment& e, outcome& o);
void measure_t17(environment& e, outcome& o);

}  // namespace weft::tour
