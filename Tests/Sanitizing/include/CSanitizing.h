// Nothing is called by name: the functions of mutex.c take the place of the toolchain's when they are linked.
