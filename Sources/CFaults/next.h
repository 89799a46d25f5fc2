#ifndef PACH_FAULTS_NEXT_H
#define PACH_FAULTS_NEXT_H

#include <dlfcn.h>
#include <stddef.h>

#define EXPORT __attribute__((visibility("default")))

/// The function behind ours, looked up at its first use.
#define NEXT(function, type)                                                                       \
    static __typeof__(type) next_function;                                                          \
    __typeof__(type) next = __atomic_load_n(&next_function, __ATOMIC_RELAXED);                                  \
    if (next == NULL) {                                                                             \
        next = (__typeof__(type))dlsym(RTLD_NEXT, function);                                        \
        __atomic_store_n(&next_function, next, __ATOMIC_RELAXED);                                   \
    }

#endif
