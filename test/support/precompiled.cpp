// Something for the target that makes the precompiled header to compile.
