#pragma once
/// Where the thread-locals lie that weft's inline functions read.

// Code of a program (no -fPIC) finds them at a constant distance from the thread pointer: no
// instruction and no register to find out. Code of a shared library asks its table of offsets, once
// a function. A program that takes weft out of a shared library, in place of linking it, is
// compiled with WEFT_IN_SHARED_LIBRARY defined; without, the linker refuses (R_X86_64_TPOFF32).
#if defined(WEFT_IN_SHARED_LIBRARY) || (defined(__PIC__) && !defined(__PIE__))
#define WEFT_THREAD_LOCAL [[gnu::tls_model("initial-exec")]]
#else
#define WEFT_THREAD_LOCAL [[gnu::tls_model("local-exec")]]
#endif
